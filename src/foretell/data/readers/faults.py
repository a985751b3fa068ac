"""Faults: what libraries raise over a broken file, as one error with a way out."""

from __future__ import annotations

import zlib
from pathlib import Path
from zipfile import BadZipFile

from foretell.core.errors import UnreadableFile, shorten

__all__ = ["FAULTS", "unreadable"]

FAULTS: tuple[type[Exception], ...] = (
    OSError,
    KeyError,
    IndexError,
    ValueError,
    RuntimeError,
    TypeError,
    AttributeError,
    AssertionError,
    EOFError,
    NotImplementedError,
    zlib.error,
    BadZipFile,
)


def unreadable(path: Path, form: str, error: Exception, way_out: str = "") -> UnreadableFile:
    """Say what could not be read, and why, in the words of the library."""
    first = shorten(str(error).splitlines()[:1]) or type(error).__name__
    return UnreadableFile(
        f"{path} is not a readable {form} ({first})", way_out or _way_out(path, str(error))
    )


def _way_out(path: Path, problem: str) -> str:
    if "filter" in problem and ("required" in problem or "plugin" in problem):
        return "its compression needs a plugin: pip install hdf5plugin, and import it first"
    if path.is_dir():
        return "a part of the store may be missing: compare it with the source, fetch it again"
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError:
        return "check that the file may be read"
    return (
        f"its {path.stat().st_size} bytes may be a part of it: compare size and checksum with the "
        "source, fetch it again"
    )
