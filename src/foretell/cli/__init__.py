"""Command line: one file per verb; computes nothing itself, and is the only place that prints."""

from __future__ import annotations

import sys

__all__ = ["main"]

INTERRUPTED, TERMINATED = 130, 143  # 128 + the signal, as shells count


def main() -> None:
    """Run the command line; errors of ours are one message, an interrupt leaves all resumable."""
    from foretell.cli.stopping import install
    from foretell.core.errors import ForetellError

    install()
    try:
        from foretell.cli.app import app

        app()
    except ForetellError as error:
        print(f"foretell: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        _say_stopped()
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if end.code in (INTERRUPTED, TERMINATED):
            _say_stopped()
        raise


def _say_stopped() -> None:
    print(
        "\nforetell: stopped; finished work is kept, run the same command to go on",
        file=sys.stderr,
    )
