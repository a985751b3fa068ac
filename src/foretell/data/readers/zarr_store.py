"""Stores of AnnData (zarr, formats 2 and 3): a folder or a zip file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foretell.data.find import STORE_MARKS
from foretell.data.readers.faults import reading, unreadable
from foretell.data.readers.foreign import foreign_group
from foretell.data.readers.lazy import open_group
from foretell.data.readers.sparse import checked

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["read_zarr"]


def read_zarr(path: Path, on_disk: bool = False) -> AnnData:
    """Read a store; `on_disk` leaves matrices and layers in it, to be read in blocks of rows.

    A block takes the memory of its rows and of the chunks that they lie in.
    """
    import anndata

    with reading(path, "zarr store of AnnData"):
        group = _open(path)
        if not {"obs", "var"} <= set(group):
            raise foreign_group(path, group, "zarr store")
        if "encoding-type" not in group["obs"].attrs:  # by anndata before 0.7
            return checked(anndata.read_zarr(group))
        adata = open_group(group)  # for memory, too: it finds pieces that are missing
        if on_disk:
            return adata
        try:
            return checked(anndata.read_zarr(group))
        except MemoryError as error:
            way_out = "leave the matrix in the store: on_disk = true"
            raise unreadable(path, "zarr store that fits into memory", error, way_out) from error


def _open(path: Path) -> Any:
    import zarr

    if path.is_dir():
        return zarr.open_group(str(path), mode="r")
    from zarr.storage import ZipStore

    with zipfile.ZipFile(path) as archive:
        marks = [Path(name) for name in archive.namelist() if Path(name).name in STORE_MARKS[:3]]
    root = min((mark.parent for mark in marks), key=lambda folder: len(folder.parts))
    inside = "" if root == Path() else root.as_posix()
    return zarr.open_group(ZipStore(str(path), mode="r"), path=inside, mode="r")
