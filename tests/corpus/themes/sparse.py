"""Sparse: matrices whose parts do not fit together."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from corpus.case import Reads, case
from corpus.screens import replace_stored, save, screen, unreadable, written

GOOD = Reads(control="control", n=3)


def _sparse(path: Path, name: str, change: object) -> None:
    with h5py.File(written(path), "r+") as file:
        replace_stored(file, f"X/{name}", change(file[f"X/{name}"][:]))  # type: ignore[operator]


@case(unreadable("screen.h5ad"))
def column_beyond_the_genes(path: Path) -> None:
    """A column index of the sparse matrix lies beyond the genes."""
    _sparse(path, "indices", lambda v: np.where(np.arange(len(v)) == 100, 5000, v))


@case(unreadable("screen.h5ad"))
def negative_column(path: Path) -> None:
    """A column index of the sparse matrix is negative."""
    _sparse(path, "indices", lambda v: np.where(np.arange(len(v)) == 100, -3, v))


@case(unreadable("screen.h5ad"))
def falling_pointers(path: Path) -> None:
    """Row pointers of the sparse matrix go back."""
    _sparse(path, "indptr", lambda v: np.concatenate([v[:5], v[4:5] - 3, v[6:]]))


@case(unreadable("screen.h5ad"))
def too_few_pointers(path: Path) -> None:
    """A row pointer of the sparse matrix is missing."""
    _sparse(path, "indptr", lambda v: v[:-1])


@case(unreadable("screen.h5ad"))
def fewer_values_than_columns(path: Path) -> None:
    """The sparse matrix has fewer values than column indices."""
    _sparse(path, "data", lambda v: v[:-5])


@case(unreadable("screen.h5ad"))
def pointers_that_start_late(path: Path) -> None:
    """Row pointers of the sparse matrix do not begin at 0."""
    _sparse(path, "indptr", lambda v: np.concatenate([[4], v[1:]]))


@case(unreadable("do not rise"))
def pointers_of_one_byte(path: Path) -> None:
    """Row pointers of the sparse matrix were stored in one byte each, and begin again at 256."""
    _sparse(path, "indptr", lambda v: v.astype("u1"))


@case(unreadable("pieces", "missing"))
def piece_never_written(path: Path) -> None:
    """A piece of the sparse values was never written: HDF5 reads it as zeros."""
    with h5py.File(written(path), "r+") as file:
        values = file["X/data"][:]
        del file["X/data"]
        file.create_dataset("X/data", values.shape, "f4", chunks=(50,))[:100] = values[:100]
        file["X/data"].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})


@case(unreadable("screen.h5ad"))
def row_beyond_the_cells(path: Path) -> None:
    """A matrix that is stored by genes names a row beyond the cells."""
    csc(path)
    with h5py.File(path, "r+") as file:
        file["X/indices"][100] = 10**6


@case(GOOD)
def unsorted_columns(path: Path) -> None:
    """Columns of the sparse matrix stand in no order within a row."""
    with h5py.File(written(path), "r+") as file:
        start, stop = file["X/indptr"][:2]
        for name in ("indices", "data"):
            file[f"X/{name}"][start:stop] = file[f"X/{name}"][start:stop][::-1]


@case(GOOD)
def pairs_stored_twice(path: Path) -> None:
    """The sparse matrix stores a pair twice: the two add up."""
    with h5py.File(written(path), "r+") as file:
        file["X/indices"][1] = file["X/indices"][0]


@case(unreadable("screen.h5ad"))
def shape_that_lies(path: Path) -> None:
    """The sparse matrix says that it has more rows than it has."""
    with h5py.File(written(path), "r+") as file:
        file["X"].attrs["shape"] = np.array([10**12, 20])


@case(unreadable("screen.h5ad"))
def sparse_without_indices(path: Path) -> None:
    """The sparse matrix has no column indices."""
    with h5py.File(written(path), "r+") as file:
        del file["X/indices"]


@case(GOOD)
def csc(path: Path) -> None:
    """A matrix that is stored by genes."""
    adata = screen()
    adata.X = adata.X.tocsc()
    save(adata, path)


@case(GOOD)
def explicit_zeros(path: Path) -> None:
    """A sparse matrix that stores zeros."""
    adata = screen()
    adata.X.data[::7] = 0
    save(adata, path)
