"""Command line: one file per verb; computes nothing itself, and is the only place that prints."""

from __future__ import annotations

import signal
import sys
from types import FrameType

__all__ = ["main"]

INTERRUPTED, TERMINATED = 130, 143  # 128 + the signal, as shells count


def main() -> None:
    """Run the command line; errors of ours are one message, an interrupt leaves all resumable."""
    from foretell.core.errors import ForetellError

    signal.signal(signal.SIGTERM, _stop)
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


def _stop(number: int, _frame: FrameType | None) -> None:
    """Leave by an exception, so that the processes we started are stopped on the way."""
    raise SystemExit(128 + number)


def _say_stopped() -> None:
    print(
        "\nforetell: stopped; finished work is kept, run the same command to go on",
        file=sys.stderr,
    )
