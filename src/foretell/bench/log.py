"""Log: one JSON line per event, and a callback for whoever shows progress."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foretell.core.errors import StoreProblem

__all__ = ["Event", "Log", "Listener"]


@dataclass(frozen=True)
class Event:
    """Something that happened.

    ``study``, ``simulate``, ``data``, ``start``, ``run`` (a fit that ran here), ``found`` (one that
    another process has finished meanwhile), ``scores``, ``damaged`` or ``end``.
    """

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Log:
    """Append events to a file and hand them to a listener.

    Lines are written with one call each, so that two processes can share the file.
    """

    path: Path
    listener: Listener | None = None

    def __call__(self, kind: str, **fields: Any) -> None:
        """Record an event."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"time": stamp, "event": kind, "process": os.getpid(), **fields})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(descriptor, (line + "\n").encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreProblem(
                f"cannot write {self.path}: {error.strerror or error}",
                "free some space or choose another place with --out; finished results are kept",
            ) from error
        if self.listener is not None:
            self.listener(Event(kind, fields))
