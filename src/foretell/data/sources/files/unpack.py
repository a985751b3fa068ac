"""Unpack: one file out of what was downloaded, and never outside its folder."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from foretell.core.errors import CannotFetch, shorten
from foretell.core.source import Source

__all__ = ["check_room", "unpack"]

BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile)
BLOCK = 1 << 20


def unpack(packed: Path, source: Source, ready: Path) -> None:
    """Write the data file of a source from its download; it appears when it is complete."""
    partial = ready.with_name(f"{ready.name}.part")
    try:
        with _opened(packed, source) as (stream, size), partial.open("wb") as file:
            check_room(ready.parent, size, ready.name)
            shutil.copyfileobj(stream, file, BLOCK)
        partial.replace(ready)
    except BROKEN as error:
        raise CannotFetch(
            f"{packed} cannot be unpacked ({type(error).__name__}: {error})",
            "delete it and fetch it again",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def check_room(folder: Path, needed: int | None, name: str) -> None:
    """Refuse to begin what the disk cannot hold."""
    free = shutil.disk_usage(folder).free
    if needed is not None and needed > free:
        raise CannotFetch(
            f"{name} needs {needed / 1e9:.2f} GB, {folder} has {free / 1e9:.2f} GB left",
            "free some space, or name another folder (--to, or FORETELL_CACHE)",
        )


@contextmanager
def _opened(packed: Path, source: Source) -> Iterator[tuple[IO[bytes], int | None]]:
    """Open what is inside, with its size where the archive says it."""
    if source.packing == ".gz":
        with gzip.open(packed, "rb") as unzipped:
            yield cast(IO[bytes], unzipped), None
    elif source.packing == ".zip":
        with zipfile.ZipFile(packed) as archive:
            name = _member(archive.namelist(), source, packed)
            with archive.open(name) as stream:
                yield stream, archive.getinfo(name).file_size
    else:
        with tarfile.open(packed, "r:*") as archive_:
            members = {m.name: m for m in archive_.getmembers() if m.isfile()}
            name = _member(members, source, packed)
            found = archive_.extractfile(members[name])
            if found is None:
                raise tarfile.TarError(f"{name} is not a file")
            yield found, members[name].size


def _member(names: Iterable[str], source: Source, packed: Path) -> str:
    """Find the one member whose path ends as the source says; refuse one that climbs out."""
    names = [name for name in names if not name.endswith("/")]
    wanted = PurePosixPath(source.member).parts
    found = [name for name in names if PurePosixPath(name).parts[-len(wanted) :] == wanted]
    if len(found) != 1:
        raise CannotFetch(
            f"{packed.name} holds {len(found)} files that end in '{source.member}'",
            f"it holds {shorten(sorted(names))}; correct `member` in the source",
        )
    path = PurePosixPath(found[0].replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise CannotFetch(
            f"{packed.name} names a file outside its folder: '{found[0]}'",
            "do not trust this archive; get it from its publisher by hand",
        )
    return found[0]
