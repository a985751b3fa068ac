"""Load: from a file, or a name found on the data path, to a Dataset."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.core.dataset import Dataset
from foretell.core.errors import UnreadableFile, did_you_mean, shorten
from foretell.core.mapping import ColumnMapping

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["DATA_PATH", "data_files", "file_hash", "find_file", "load"]

DATA_PATH = "FORETELL_DATA"
SUFFIX = ".h5ad"


def load(
    name: str | Path,
    mapping: ColumnMapping | None = None,
    *,
    on_disk: bool = False,
    **columns: Any,
) -> Dataset:
    """Read an AnnData file as a `Dataset`.

    Parameters
    ----------
    name : path of an ``.h5ad`` file, or a file stem searched on the path list in the
        environment variable ``FORETELL_DATA``.
    mapping : which column is what; or give its fields as keywords.
    on_disk : leave the matrix in the file and read it in blocks.

    Errors
    ------
    `UnreadableFile` for a file that is missing or truncated; everything that
    `Dataset.from_anndata` raises.
    """
    path = find_file(name)
    return Dataset.from_anndata(
        _read(path, on_disk),
        mapping or ColumnMapping.from_dict(columns),
        name=path.stem,
        file_hash=file_hash(path),
    )


def find_file(name: str | Path) -> Path:
    """Return the path itself, or the file of that stem on the data path."""
    path = Path(name).expanduser()
    if path.is_file():
        return path
    files = {file.stem: file for file in data_files()}
    stem = path.name.removesuffix(SUFFIX)
    if stem in files:
        return files[stem]
    searched = os.environ.get(DATA_PATH)
    hint = did_you_mean(stem, files) if searched else f"set {DATA_PATH} to the folders with data"
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


def _read(path: Path, on_disk: bool) -> AnnData:
    import anndata

    try:
        return anndata.read_h5ad(path, backed="r" if on_disk else None)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        first = shorten(str(error).splitlines()[:1])
        raise UnreadableFile(
            f"{path} is not a readable h5ad file ({first})",
            "it may be truncated: compare its size and checksum with the source, fetch it again",
        ) from error
