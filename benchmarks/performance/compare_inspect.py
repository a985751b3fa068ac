"""`foretell data inspect` of a large file that stays on disk, against opening it whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

NAME = "inspect_backed"
WORK = "300,000 cells x 5,000 genes, 75 M stored values, 301 labels: mapping, tasks, Welch tests"
PEER = "anndata.read_h5ad of the same file, which says nothing about it"
CELLS, GENES, PER_CELL, LABELS = 300_000, 5_000, 250, 300


def prepare(folder: Path) -> None:
    """Write the file once."""
    import anndata
    import pandas as pd
    import scipy.sparse as sp

    path = folder / "large.h5ad"
    if path.is_file():
        return
    rng = np.random.default_rng(0)
    start = rng.integers(0, GENES, CELLS)
    pattern = np.sort(rng.permutation(GENES)[:PER_CELL])
    indices = np.sort((pattern[None, :] + start[:, None]) % GENES, axis=1).astype(np.int32)
    data = (rng.poisson(1.0, CELLS * PER_CELL) + 1).astype(np.float32)
    indptr = np.arange(CELLS + 1, dtype=np.int64) * PER_CELL
    names = np.array(["non-targeting", *[f"GENE{i}" for i in range(LABELS)]])
    obs = pd.DataFrame({"target_gene": names[rng.integers(0, len(names), CELLS)]})
    obs["gem_group"] = rng.integers(1, 20, CELLS)
    obs["cell_line"] = "K562"
    obs.index = [f"cell{i}" for i in range(CELLS)]
    var = pd.DataFrame(index=[f"GENE{i}" for i in range(GENES)])
    X = sp.csr_matrix((data, indices.ravel(), indptr), shape=(CELLS, GENES))
    anndata.AnnData(X, obs=obs, var=var).write_h5ad(path)


def ours(folder: Path) -> Iterator[str]:
    """Everything that the command prints, tests for effects included."""
    import foretell

    yield foretell.__version__
    found = foretell.inspect(folder / "large.h5ad", full=True)
    assert found.columns["perturbation"] == "target_gene"


def peer(folder: Path) -> Iterator[str]:
    """Only read."""
    import anndata

    yield anndata.__version__
    anndata.read_h5ad(folder / "large.h5ad")
