"""Faults: what libraries raise over a broken file, as one error with a way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foretell.core.errors import ForetellError, UnreadableFile, shorten

__all__ = ["reading", "unreadable"]

LONGEST = 300  # letters of what a library says


@contextmanager
def reading(path: Path, form: str) -> Iterator[None]:
    """Turn whatever a library raises while it reads a file into one error of ours.

    A damaged file brings out almost anything (OverflowError, struct.error, csv.Error, errors of a
    library's own), so that nothing narrower would do.
    """
    try:
        yield
    except ForetellError:
        raise
    except Exception as error:
        raise unreadable(path, form, error) from error


def unreadable(path: Path, form: str, error: Exception, way_out: str = "") -> UnreadableFile:
    """Say what could not be read, and why, in the words of the library."""
    first = shorten(str(error).splitlines()[:1])[:LONGEST] or type(error).__name__
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
