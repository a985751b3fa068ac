"""Find: files on the data path, named by their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from foretell.core.errors import UnreadableFile, did_you_mean, shorten

__all__ = ["DATA_PATH", "data_files", "file_hash", "find_file", "is_store", "stem_of"]

DATA_PATH = "FORETELL_DATA"
# Where two files have one stem, the form that stands first is meant.
SUFFIXES = (
    ".h5ad", ".zarr", ".zarr.zip", ".h5", ".parquet", ".csv", ".tsv", ".csv.gz", ".tsv.gz",
)  # fmt: skip
BY_NAME = (*SUFFIXES, ".txt", ".txt.gz", ".tab", ".tab.gz")  # found by their full name only
STORE_MARKS = ("zarr.json", ".zgroup", ".zattrs", "matrix.mtx", "matrix.mtx.gz")


def find_file(name: str | Path) -> Path:
    """Return the path itself, or the file of that stem or name on the data path.

    A folder counts where it is a zarr store or holds a ``matrix.mtx``. Of files with one stem,
    h5ad is preferred; a full file name always means that file.
    """
    path = Path(name).expanduser()
    if path.is_file() or is_store(path):
        return path
    for file in data_files():
        if file.name == path.name:
            return file
    files = _by_stem(data_files())
    stem = stem_of(path)
    if stem in files and _may_stand_for(path, files[stem]):
        return files[stem]
    if path.is_dir():
        raise _no_store(path)
    raise UnreadableFile(f"there is no file '{name}'", _hint(path, stem, files))


def _may_stand_for(path: Path, found: Path) -> bool:
    """Tell whether a file of that stem is meant: ``x.csv`` never means ``x.h5ad``."""
    asked = path.name.removeprefix(stem_of(path))
    return asked in ("", found.name.removeprefix(stem_of(found)))


def _hint(path: Path, stem: str, files: dict[str, Path]) -> str:
    beside = _by_stem(_stores(path.parent)) if path.parent.is_dir() else {}
    near = did_you_mean(stem, [*files, *beside])
    searched = os.environ.get(DATA_PATH)
    if stem in files or stem in beside:
        return f"there is {(files | beside)[stem].name}: give that name"
    if "did you mean" not in near:
        holding = [name for name in sorted({*files, *beside}) if stem.lower() in name.lower()]
        near = f"names with '{stem}': {shorten(holding, 5)}" if holding else near
    if near.startswith(("did", "names")) or (files and searched):
        return near
    if searched:
        return f"there is no file of a form that can be read in {DATA_PATH}={searched}"
    return f"give its path, or set {DATA_PATH} to the folders with data"


def _no_store(folder: Path) -> UnreadableFile:
    inside = [file.name for file in _stores(folder)]
    return UnreadableFile(
        f"{folder} is a folder, but no zarr store and without matrix.mtx",
        f"name a file inside it: {shorten(inside, 5)}"
        if inside
        else "give a file, a zarr store, or the folder with matrix.mtx, barcodes and features",
    )


def _by_stem(files: Iterator[Path]) -> dict[str, Path]:
    """Return one file per stem: of the preferred form, then the first on the path."""
    found: dict[str, Path] = {}
    for file in files:
        stem = stem_of(file)
        if file.is_file() and _suffix(file) not in SUFFIXES:
            continue
        if stem not in found or _rank(file) < _rank(found[stem]):
            found[stem] = file
    return found


def _rank(file: Path) -> int:
    suffix = _suffix(file)
    return SUFFIXES.index(suffix) if suffix in SUFFIXES else len(SUFFIXES)


def data_files() -> Iterator[Path]:
    """Yield every file that may be a screen in the folders of the data path, one folder deeper."""
    for root in os.environ.get(DATA_PATH, "").split(os.pathsep):
        folder = Path(root).expanduser()
        if root and folder.is_dir():
            yield from _stores(folder)
            for inner in sorted(folder.iterdir()):
                if inner.is_dir() and not is_store(inner):
                    yield from _stores(inner)


def _stores(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if is_store(path) or (path.is_file() and _suffix(path)):
            yield path


def is_store(path: Path) -> bool:
    """Tell whether a folder is a zarr store, or holds a matrix in Cell Ranger's form."""
    if not path.is_dir():
        return False
    return any((path / mark).is_file() for mark in STORE_MARKS) or any(path.glob("*matrix.mtx*"))


def stem_of(path: str | Path) -> str:
    """Return a file's name without the suffix that says its form.

    >>> stem_of("a/norman.h5ad"), stem_of("x.csv.gz"), stem_of("x.v2.zarr"), stem_of("kang_2018.1")
    ('norman', 'x', 'x.v2', 'kang_2018.1')
    """
    path = Path(path)
    suffix = _suffix(path)
    if suffix:
        return path.name[: -len(suffix)]
    return path.stem if path.is_file() else path.name


def _suffix(path: Path) -> str:
    name = path.name.lower()
    fitting = [s for s in BY_NAME if name.endswith(s) and len(name) > len(s)]
    return max(fitting, key=len, default="")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, remembered for this size and time of change.

    Of a folder (zarr, mtx): that of the names and contents of all its files, in order.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return _folder_hash(str(path.resolve()), tuple(_state(file, path) for file in files))
    stat = path.stat()
    return _file_hash(str(path.resolve()), stat.st_size, stat.st_mtime_ns)


def _state(file: Path, folder: Path) -> tuple[str, int, int]:
    stat = file.stat()
    return file.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=64)
def _folder_hash(folder: str, files: tuple[tuple[str, int, int], ...]) -> str:
    total = hashlib.sha256()
    for name, size, changed_ns in files:
        of_file = _file_hash.__wrapped__(f"{folder}/{name}", size, changed_ns)
        total.update(f"{len(name)} {name} {of_file}\n".encode())
    return total.hexdigest()


@lru_cache(maxsize=64)
def _file_hash(path: str, size: int, changed_ns: int) -> str:
    del size, changed_ns
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
