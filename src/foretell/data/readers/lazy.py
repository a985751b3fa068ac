"""Lazy: an AnnData whose matrices are handles on an HDF5 file or a zarr store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foretell.data.readers.sparse import FORMATS, check_stored

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["open_group"]


def open_group(group: Any) -> AnnData:
    """Read the tables of a stored AnnData; X, layers, obsm and raw stay where they are.

    Memory is that of `obs`, `var`, `uns` and one number per observation. `obsp` and `varp` are
    not looked at.

    Errors: `ValueError` for a sparse matrix of which a part is missing.
    """
    from anndata import AnnData
    from anndata.io import read_elem

    parts = {name: read_elem(group[name]) for name in ("obs", "var", "uns") if name in group}
    for name in ("layers", "obsm"):
        parts[name] = {key: _handle(group[name][key]) for key in group.get(name, ())}
    if {"X", "var"} <= set(group.get("raw", ())):
        parts["raw"] = {"X": _handle(group["raw/X"]), "var": read_elem(group["raw/var"])}
    return AnnData(X=_handle(group["X"]) if "X" in group else None, **parts)


def _handle(item: Any) -> Any:
    from anndata.io import read_elem, sparse_dataset

    if item.attrs.get("encoding-type", "") in FORMATS:
        check_stored(item)
        return sparse_dataset(item)
    return item if hasattr(item, "shape") else read_elem(item)
