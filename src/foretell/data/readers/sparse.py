"""Sparse: refuse matrices whose parts disagree, before anything computes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["FORMATS", "check_group", "check_stored", "checked"]

FORMATS = ("csr_matrix", "csc_matrix")


def checked(adata: AnnData) -> AnnData:
    """Return what was read into memory, if its sparse matrices hold together.

    Libraries copy their parts unseen, and compiled code reads and writes wherever a wrong column
    points to. It costs one pass over the columns.

    Errors: `ValueError`, naming the matrix.
    """
    for name, matrix in [("X", adata.X), *((n, adata.layers[n]) for n in adata.layers)]:
        if hasattr(matrix, "indptr"):
            try:
                _check_pointers(matrix.indptr, len(matrix.indices))
                matrix.check_format(full_check=True)
            except ValueError as error:
                raise ValueError(f"the parts of {name} do not fit together: {error}") from error
    return adata


def check_group(group: Any) -> None:
    """Check X and the layers of a stored AnnData, as far as they are sparse."""
    layers = group.get("layers", {})
    for item in [*(group[name] for name in ("X",) if name in group), *map(layers.get, layers)]:
        if item.attrs.get("encoding-type") in FORMATS:
            check_stored(item)


def check_stored(item: Any) -> None:
    """Compare the parts of a sparse matrix on disk; pieces that are missing would read as zeros.

    Column indices are not read here; blocks are checked when they are.
    """
    parts = {name: item[name] for name in ("data", "indices", "indptr")}
    for name, part in parts.items():
        there, n_pieces = _pieces(part)
        if there < n_pieces and part.shape[0]:
            lost = f"{n_pieces - there} of {n_pieces}"
            raise ValueError(f"{lost} pieces of {item.name}/{name} are missing")
    shape, by_rows = item.attrs["shape"], item.attrs["encoding-type"] == FORMATS[0]
    n_major = int(shape[0] if by_rows else shape[1])
    try:
        if any(parts[name].dtype.kind not in "iu" for name in ("indices", "indptr")):
            raise ValueError("places are no whole numbers")
        if parts["indptr"].shape != (n_major + 1,) or parts["data"].shape != parts["indices"].shape:
            raise ValueError("lengths differ")
        _check_pointers(np.asarray(parts["indptr"][:]), int(parts["indices"].shape[0]))
    except ValueError as error:
        raise ValueError(f"the parts of {item.name} do not fit together: {error}") from error


def _check_pointers(pointers: np.ndarray, n_stored: int) -> None:
    """Check that pointers rise from 0 to the end; no difference of unsigned ones is negative."""
    falls = bool((pointers[1:] < pointers[:-1]).any())
    if falls or int(pointers[0]) != 0 or int(pointers[-1]) != n_stored:
        raise ValueError("pointers do not rise from 0 to the number of stored values")


def _pieces(array: Any) -> tuple[int, int]:
    """Return how many chunks of an array are there, and how many there should be."""
    if hasattr(array, "nchunks_initialized"):  # of zarr, which leaves out pieces of mere zeros
        is_data = array.basename == "data"
        return int(array.nchunks_initialized) if is_data else int(array.nchunks), int(array.nchunks)
    if getattr(array, "chunks", None) is None:
        return 1, 1
    n = -(-int(array.shape[0]) // int(array.chunks[0]))
    return int(array.id.get_num_chunks()), n
