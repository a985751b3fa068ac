"""Write cells to an h5ad file as they are drawn."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.data.simulation.counts import CellBlock

if TYPE_CHECKING:
    from h5py import File, Group

__all__ = ["create_h5ad", "write_annotation", "write_counts"]

HDF5_CHUNK = 2**17
EMPTY_PARTS = ("obsm", "varm", "obsp", "varp", "layers")


@contextmanager
def create_h5ad(path: Path) -> Iterator[File]:
    """Open a new file that takes its name only when the block ends without an error."""
    import h5py

    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with h5py.File(partial, "w") as file:
            file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_counts(file: File, blocks: Iterable[CellBlock], n_genes: int, chunk: int) -> None:
    """Append blocks of cells to `X`, a CSR matrix, at least `chunk` cells per write.

    Holds no more than `chunk` cells and one block.
    """
    group = file.create_group("X")
    for name, dtype in (("data", np.float32), ("indices", np.int32)):
        group.create_dataset(
            name, (0,), dtype, maxshape=(None,), chunks=(HDF5_CHUNK,), compression="gzip",
            compression_opts=1, shuffle=True,
        )  # fmt: skip
    lengths: list[np.ndarray] = []
    waiting: list[CellBlock] = []
    for block in blocks:
        waiting.append(block)
        lengths.append(block.lengths)
        if sum(map(len, waiting)) >= chunk:
            _flush(group, waiting)
    _flush(group, waiting)
    # 64 bits, as large screens have more than 2**31 non-zero counts.
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
    group.create_dataset("indptr", data=indptr)
    shape = np.array([indptr.size - 1, n_genes])
    group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": shape})


def write_annotation(file: File, **parts: Any) -> None:
    """Write `obs`, `var`, `uns`, and the empty parts that an h5ad file has."""
    from anndata.io import write_elem

    empty: dict[str, Any] = {name: {} for name in EMPTY_PARTS}
    for name, value in {**empty, **parts}.items():
        write_elem(file, name, value)


def _flush(group: Group, waiting: list[CellBlock]) -> None:
    """Append the waiting blocks to the file and forget them."""
    for name in ("data", "indices"):
        values = [getattr(block, name) for block in waiting]
        if values:
            dataset = group[name]
            old = dataset.shape[0]
            dataset.resize(old + sum(map(len, values)), axis=0)
            dataset[old:] = np.concatenate(values)
    waiting.clear()
