"""Files of AnnData (h5ad): into memory, or left on disk with all their layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foretell.data.readers.faults import FAULTS, unreadable
from foretell.data.readers.lazy import open_group

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["read_h5ad"]


def read_h5ad(path: Path, on_disk: bool = False) -> AnnData:
    """Read an h5ad file; what anndata before 0.7 wrote keeps only X on disk."""
    import anndata
    import h5py

    try:
        if not on_disk:
            return anndata.read_h5ad(path)
    except ValueError as error:
        if "sparse does not support dtype" not in str(error):
            raise unreadable(path, "h5ad file", error) from error
    except MemoryError as error:
        way_out = "leave the matrix in the file: on_disk = true"
        raise unreadable(path, "h5ad file that fits into memory", error, way_out) from error
    except FAULTS as error:
        raise unreadable(path, "h5ad file", error) from error
    try:  # on disk, or of a type that scipy has not and that blocks are converted from
        file = h5py.File(path, "r")
        if "encoding-type" in file["obs"].attrs and "encoding-type" in file["var"].attrs:
            return open_group(file)
        file.close()
        return anndata.read_h5ad(path, backed="r")
    except FAULTS as error:
        raise unreadable(path, "h5ad file", error) from error
