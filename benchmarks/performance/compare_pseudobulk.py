"""Streamed mean profiles of a 1 GB CSR file, against reading the file once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

NAME = "pseudobulk_streamed"
WORK = (
    "62,500 cells x 8,000 genes, 125 M stored values (1.0 GB CSR, not compressed), 200 conditions"
)
PEER = "h5py reading data, indices and indptr once, in the same blocks"
CELLS, GENES, PER_CELL, CONDITIONS = 62_500, 8_000, 2_000, 200


def prepare(folder: Path) -> None:
    """Write the file once."""
    import anndata
    import pandas as pd
    import scipy.sparse as sp

    path = folder / "big.h5ad"
    if path.is_file():
        return
    rng = np.random.default_rng(0)
    pattern = np.sort(rng.permutation(GENES)[:PER_CELL])
    shifts = rng.integers(0, GENES, CELLS)
    indices = np.empty((CELLS, PER_CELL), dtype=np.int32)
    for i in range(CELLS):
        indices[i] = np.sort((pattern + shifts[i]) % GENES)
    data = rng.random(CELLS * PER_CELL, dtype=np.float32) + 0.1
    indptr = np.arange(CELLS + 1, dtype=np.int64) * PER_CELL
    labels = np.array(["control", *[f"P{i:03d}" for i in range(1, CONDITIONS)]])
    obs = pd.DataFrame({"perturbation": labels[rng.integers(0, CONDITIONS, CELLS)]})
    obs.index = obs.index.astype(str)
    X = sp.csr_matrix((data, indices.ravel(), indptr), shape=(CELLS, GENES))
    anndata.AnnData(X, obs=obs).write_h5ad(path)


def ours(folder: Path) -> Iterator[str]:
    """Profiles of every condition; the compiled kernel is warm, as in any second call."""
    import foretell
    from foretell.core.moments import GroupMoments

    dataset = foretell.load(folder / "big.h5ad", scale="log1p", on_disk=True)
    warm = GroupMoments(2, GENES, squares=False)
    for X, where in dataset.matrix.blocks(dataset.rows[:100]):
        warm.add(X, np.zeros(where.stop - where.start, dtype=np.int64))
    yield foretell.__version__
    dataset.profiles()


def peer(folder: Path) -> Iterator[str]:
    """Only read."""
    import h5py

    yield h5py.__version__
    with h5py.File(folder / "big.h5ad") as file:
        X = file["X"]
        X["indptr"][:]
        step = 2_700_000
        for start in range(0, X["data"].shape[0], step):
            X["data"][start : start + step]
            X["indices"][start : start + step]
