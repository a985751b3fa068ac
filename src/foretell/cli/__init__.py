"""Command line: one file per verb; computes nothing itself, and is the only place that prints."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; errors of ours are one message, an interrupt leaves all resumable."""
    from foretell.cli.app import app
    from foretell.core.errors import ForetellError

    try:
        app()
    except ForetellError as error:
        print(f"foretell: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print(
            "\nforetell: stopped; finished work is kept, run the same command to go on",
            file=sys.stderr,
        )
        sys.exit(130)
