"""Interrupts: Ctrl-C and SIGTERM, taken at a place where they do no harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["deferred_interrupts"]


@contextmanager
def deferred_interrupts() -> Iterator[Callable[[], None]]:
    """Hold interrupts back; call the function that is yielded wherever one may come through.

    Python raises an interrupt wherever it happens to be: in the clean-up of an object, where it
    is swallowed; in a call-back of a C library, which does not survive it; after a process was
    started and before it was written down. One that is still waiting at the end is raised there.
    Outside the main thread nothing is held back, since no interrupt arrives there.
    """
    asked: list[int] = []
    handlers: dict[int, Any] = {}

    def let_through() -> None:
        if asked:
            handlers[asked[0]](asked[0], None)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                handlers[number] = handler
                signal.signal(number, lambda number, _: asked.append(number))
    try:
        yield let_through
    finally:
        for held, handler in handlers.items():
            signal.signal(held, handler)
    let_through()
