"""Files of AnnData (h5ad): into memory, or left on disk with all their layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foretell.data.readers.faults import reading, unreadable
from foretell.data.readers.lazy import open_group
from foretell.data.readers.sparse import check_group, checked

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["read_h5ad"]


def read_h5ad(path: Path, on_disk: bool = False) -> AnnData:
    """Read an h5ad file; what anndata before 0.7 wrote keeps only X on disk."""
    import h5py

    with reading(path, "h5ad file"):
        if not on_disk:
            try:
                return _into_memory(path)
            except _NoSuchType:
                pass  # blocks are converted when they are read
        file = h5py.File(path, "r")
        if "encoding-type" in file["obs"].attrs and "encoding-type" in file["var"].attrs:
            return open_group(file)
        file.close()
        return _of_old(path)


class _NoSuchType(Exception):
    """Sparse values of a type that scipy has not, such as float16."""


def _into_memory(path: Path) -> AnnData:
    import anndata
    import h5py

    with h5py.File(path, "r") as file:
        check_group(file)
    try:
        return checked(anndata.read_h5ad(path))
    except MemoryError as error:
        way_out = "leave the matrix in the file: on_disk = true"
        raise unreadable(path, "h5ad file that fits into memory", error, way_out) from error
    except ValueError as error:
        if "sparse does not support dtype" in str(error):
            raise _NoSuchType from error
        raise


def _of_old(path: Path) -> AnnData:
    import anndata

    return anndata.read_h5ad(path, backed="r")
