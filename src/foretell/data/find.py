"""Find: files on the data path, named by their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from foretell.core.errors import UnreadableFile, did_you_mean

__all__ = ["DATA_PATH", "data_files", "file_hash", "find_file"]

DATA_PATH = "FORETELL_DATA"
SUFFIX = ".h5ad"


def find_file(name: str | Path) -> Path:
    """Return the path itself, or the file of that stem on the data path."""
    path = Path(name).expanduser()
    if path.is_file():
        return path
    files = {file.stem: file for file in data_files()}
    stem = path.name.removesuffix(SUFFIX)
    if stem in files:
        return files[stem]
    beside = [file.stem for file in path.parent.glob(f"*{SUFFIX}")]
    near = did_you_mean(stem, [*files, *beside])
    searched = os.environ.get(DATA_PATH)
    if "did you mean" in near or (files and searched):
        hint = near
    elif searched:
        hint = f"there is no {SUFFIX} file in {DATA_PATH}={searched}"
    else:
        hint = f"give its path, or set {DATA_PATH} to the folders with data"
    raise UnreadableFile(f"there is no file '{name}'", hint)


def data_files() -> Iterator[Path]:
    """Yield every ``.h5ad`` file in the folders of the data path, and one folder deeper."""
    for root in os.environ.get(DATA_PATH, "").split(os.pathsep):
        if root:
            folder = Path(root).expanduser()
            yield from sorted(folder.glob(f"*{SUFFIX}"))
            yield from sorted(folder.glob(f"*/*{SUFFIX}"))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, remembered for this size and time of change."""
    stat = path.stat()
    return _file_hash(str(path.resolve()), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _file_hash(path: str, size: int, changed_ns: int) -> str:
    del size, changed_ns
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
