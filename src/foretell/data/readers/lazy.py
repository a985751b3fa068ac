"""Lazy: an AnnData whose matrices are handles on an HDF5 file or a zarr store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["open_group"]

SPARSE = ("csr_matrix", "csc_matrix")


def open_group(group: Any) -> AnnData:
    """Read the tables of a stored AnnData; X, layers and obsm stay where they are.

    Memory is that of `obs`, `var`, `uns` and one number per observation. `obsp`, `varp` and `raw`
    are not looked at.

    Errors: `ValueError` for a sparse matrix of which a part is missing.
    """
    from anndata import AnnData
    from anndata.io import read_elem

    parts = {name: read_elem(group[name]) for name in ("obs", "var", "uns") if name in group}
    for name in ("layers", "obsm"):
        parts[name] = {key: _handle(group[name][key]) for key in group.get(name, ())}
    return AnnData(X=_handle(group["X"]) if "X" in group else None, **parts)


def _handle(item: Any) -> Any:
    from anndata.io import read_elem, sparse_dataset

    encoding = item.attrs.get("encoding-type", "")
    if encoding in SPARSE:
        _check_sparse(item, by_rows=encoding == "csr_matrix")
        return sparse_dataset(item)
    return item if hasattr(item, "shape") else read_elem(item)


def _check_sparse(item: Any, by_rows: bool) -> None:
    """Compare the parts of a sparse matrix: zarr reads a chunk that is missing as zeros."""
    n_stored, n_pointers = int(item["data"].shape[0]), int(item["indptr"].shape[0])
    shape = item.attrs["shape"]
    pointers = np.asarray(item["indptr"][:])
    wrong = (
        n_pointers != int(shape[0] if by_rows else shape[1]) + 1
        or int(item["indices"].shape[0]) != n_stored
        or int(pointers[-1]) != n_stored
        or bool((np.diff(pointers) < 0).any())
    )
    there = getattr(item["data"], "nchunks_initialized", None)
    n_chunks = getattr(item["data"], "nchunks", None)
    if wrong:
        raise ValueError(f"the parts of {item.name} do not fit together")
    if there is not None and n_stored and there < n_chunks:
        raise ValueError(f"{n_chunks - there} of {n_chunks} pieces of {item.name}/data are missing")
