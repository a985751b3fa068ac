"""A million cells on disk: tests, distances and the whole calibration, in bounded memory.

`FORETELL_STREAM_SIZE` scales the number of cells down; time should fall in proportion.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

NAME = "stream_1m_cells"
WORK = (
    "1 M cells x 18,000 genes on disk (CSR h5ad, 200 perturbations, 50,000 controls, about 700 "
    "stored values per cell): rank-sum tests of all perturbations, E-distances, floors and "
    "ceilings of six metrics over 20 halves"
)
PEER = "none: at most 4 GB, and time linear in stored values"
CELLS, GENES, PERTURBATIONS, CONTROLS, DEPTH, BLOCK = 1_000_000, 18_000, 200, 50_000, 1_000, 10_000
METRICS = ("pearson_delta", "mse", "pds_cosine", "de_auprc[abs_lfc]", "edistance", "spearman_delta")


def size() -> float:
    """Return the share of the cells that is asked for."""
    return float(os.environ.get("FORETELL_STREAM_SIZE", "1"))


def path(folder: Path) -> Path:
    """Return where the screen lies."""
    return folder / f"stream_{size():g}.h5ad"


def prepare(folder: Path) -> None:
    """Write the screen in blocks, once."""
    if path(folder).is_file():
        return
    import anndata
    import h5py
    import pandas as pd
    import scipy.sparse as sp

    n = int(CELLS * size())
    rng = np.random.default_rng(3)
    labels = _labels(n, rng)
    genes = np.array([f"G{i:05d}" for i in range(GENES)])
    part = path(folder).with_suffix(".part")
    names = pd.Categorical(np.append(genes[:PERTURBATIONS], "control")[labels])
    obs = pd.DataFrame({"perturbation": names}, index=[f"c{i}" for i in range(n)])
    empty = sp.csr_matrix((n, GENES), dtype=np.float32)
    anndata.AnnData(empty, obs=obs, var=pd.DataFrame(index=genes)).write_h5ad(part)
    with h5py.File(part, "a") as file:
        _fill(file, labels, rng)
    part.replace(path(folder))


def _labels(n: int, rng: np.random.Generator) -> np.ndarray:
    """Perturbation of every cell; the last code is the control."""
    n_controls = int(CONTROLS * size())
    codes = np.full(n, PERTURBATIONS)
    codes[n_controls:] = np.arange(n - n_controls) % PERTURBATIONS
    return rng.permutation(codes)


def _fill(file, labels: np.ndarray, rng: np.random.Generator) -> None:  # noqa: ANN001 - h5py
    """Replace the empty matrix by drawn counts, as log1p of counts per ten thousand."""
    tables = _gene_tables(rng)
    group = file["X"]
    kinds = {"data": np.float32, "indices": np.int32}
    for name, kind in kinds.items():
        del group[name]
        group.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(1 << 18,))
    starts = [np.zeros(1, dtype=np.int64)]
    for start in range(0, len(labels), BLOCK):
        X = _block(labels[start : start + BLOCK], tables, rng)
        at = len(group["data"])
        for name in kinds:
            group[name].resize((at + X.nnz,))
            group[name][at:] = getattr(X, name)
        starts.append(X.indptr[1:].astype(np.int64) + at)
    del group["indptr"]
    group.create_dataset("indptr", data=np.concatenate(starts))


def _gene_tables(rng: np.random.Generator) -> list[np.ndarray]:
    """Tables to draw genes from, one per perturbation and one for controls."""
    mean = rng.lognormal(0.0, 1.6, GENES)
    tables = []
    for _ in range(PERTURBATIONS):
        changed = np.ones(GENES)
        changed[rng.choice(GENES, 60, replace=False)] = 2.0 ** rng.normal(0.0, 1.0, 60)
        tables.append(_table(mean * changed))
    return [*tables, _table(mean)]


def _table(weight: np.ndarray) -> np.ndarray:
    """(65,536 x 4) genes in proportion to their weight."""
    edges = (np.arange(1 << 18) + 0.5) / (1 << 18)
    found: np.ndarray = np.searchsorted(np.cumsum(weight) / weight.sum(), edges).astype(np.int32)
    return found


def _block(labels: np.ndarray, tables: list[np.ndarray], rng: np.random.Generator):  # noqa: ANN202
    import scipy.sparse as sp

    drawn = rng.integers(0, 1 << 18, (len(labels), DEPTH))
    genes = np.empty(drawn.shape, dtype=np.int32)
    for code in np.unique(labels):
        genes[labels == code] = tables[code][drawn[labels == code]]
    rows = np.arange(0, len(labels) * DEPTH + 1, DEPTH)
    shape = (len(labels), GENES)
    X = sp.csr_matrix((np.ones(genes.size, np.float32), genes.ravel(), rows), shape=shape)
    X.sum_duplicates()
    X.data = np.log1p(X.data * np.float32(1e4 / DEPTH))
    return X


def ours(folder: Path) -> Iterator[str]:
    """Test, measure distances, and calibrate the floors of six metrics."""
    import foretell
    from foretell.analysis.differential.differential_expression import differential_expression
    from foretell.analysis.distances.edistance import edistance_table
    from foretell.bench.groups import Rules
    from foretell.bench.judge import judge_repeat
    from foretell.core.mapping import ColumnMapping
    from foretell.core.registry import find, make_model
    from foretell.data.load import load
    from foretell.splits.make import make

    yield foretell.__version__
    data = load(path(folder), ColumnMapping(scale="log1p"), on_disk=True)
    differential_expression(data, test="wilcoxon")
    edistance_table(data)
    splits = make(data, "unseen_perturbation", folds=5)
    answers = {
        name: [make_model(name).fit(s.train_part(data)).predict(s.query(data)) for s in splits]
        for name in ("training_mean", "no_change")
    }
    metrics = [find("metrics")[name] for name in METRICS]
    judge_repeat(data, splits, (), answers, metrics, Rules(halves=20))
