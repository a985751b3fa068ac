"""Quiet: a case in folders of its own, which must all stay as they were; and a time limit."""

from __future__ import annotations

import faulthandler
import hashlib
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Slow", "quiet", "state_of"]

SECONDS, AFTER = 30.0, 10.0  # until an error, and from then until the process is ended


class Slow(BaseException):
    """A case took longer than its limit; no `except Exception` swallows it."""


@contextmanager
def quiet(folder: Path) -> Iterator[Path]:
    """Work in empty folders: the current one, those of temporary and of cached files, and home.

    Yields the folder that holds them; what appears there was written by nobody's wish.
    """
    inside = folder / "untouched"
    names = {"TMPDIR": "tmp", "HOME": "home", "FORETELL_CACHE": "cache", "XDG_CACHE_HOME": "xdg"}
    for name in ("here", *names.values()):
        (inside / name).mkdir(parents=True, exist_ok=True)
    before = {name: os.environ.get(name) for name in (*names, "FORETELL_DATA")}
    here = Path.cwd()
    os.environ.update({name: str(inside / place) for name, place in names.items()})
    os.environ.pop("FORETELL_DATA", None)
    temporary, tempfile.tempdir = tempfile.tempdir, str(inside / "tmp")
    os.chdir(inside / "here")
    try:
        with _limit(SECONDS):
            yield inside
    finally:
        os.chdir(here)
        tempfile.tempdir = temporary
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise `Slow` in Python; what hangs inside a library ends the process with a traceback."""

    def ring(*_: Any) -> None:
        raise Slow(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    faulthandler.dump_traceback_later(seconds + AFTER, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def state_of(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Return content and time of change of everything in a folder."""
    found: dict[str, tuple[Any, ...]] = {}
    for path in sorted(folder.rglob("*")):
        stat = path.lstat()
        is_plain = path.is_file() and not path.is_symlink() and os.access(path, os.R_OK)
        content = hashlib.sha256(path.read_bytes()).hexdigest() if is_plain else ""
        changed = stat.st_mtime_ns if not path.is_dir() else 0
        found[path.relative_to(folder).as_posix()] = (stat.st_mode, stat.st_size, changed, content)
    return found
