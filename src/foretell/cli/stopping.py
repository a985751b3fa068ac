"""Stopping: an interrupt that gets lost on the way is not forgotten.

Python raises an interrupt wherever it happens to be. In the clean-up of an object, or inside a
library that catches everything, it is swallowed, and the study would run on. So it is written
down as well, and raised again at the next event.
"""

from __future__ import annotations

import signal
from types import FrameType

__all__ = ["check", "install"]

_asked: list[int] = []


def install() -> None:
    """Take Ctrl-C and SIGTERM; a Ctrl-C that our caller told us to ignore stays ignored."""
    _asked.clear()
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)


def check() -> None:
    """Stop if that was asked for and got lost."""
    if _asked:
        _raise(_asked[-1])


def _stop(number: int, _frame: FrameType | None) -> None:
    _asked.append(number)
    _raise(number)


def _raise(number: int) -> None:
    """Leave by an exception, so that the processes we started are stopped on the way."""
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
