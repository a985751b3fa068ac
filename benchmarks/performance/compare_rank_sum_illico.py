"""Rank-sum tests of a whole screen, against illico."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from evaluation_screen import screen

NAME = "rank_sum_vs_illico"
WORK = (
    "200 perturbations x 100 cells against 2,000 controls, 5,000 genes, 46 M stored values in "
    "memory: p, Benjamini-Hochberg, means and log2 fold changes; compiled before"
)
PEER = "illico asymptotic_wilcoxon, all threads"
PEER_REQUIREMENTS = ("illico==0.6.0", "statsmodels")
WARM_CELLS = 22  # of these, per group, for whatever compiles on first use


def prepare(folder: Path) -> None:
    """Write the screen once."""
    screen(folder)


def ours(folder: Path) -> Iterator[Any]:
    """Test; as much as the peers return."""
    import foretell

    X, codes, control = read(folder)
    tested(X[:500, :50], codes[:500], control[:500])
    yield foretell.__version__
    tested(X, codes, control)


def read(folder: Path) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return values, the group of each cell (-1 = none), and the controls."""
    import anndata

    adata = anndata.read_h5ad(screen(folder))
    labels = adata.obs["perturbation"].astype(str).to_numpy()
    control = labels == "control"
    codes = np.full(len(labels), -1)
    codes[~control] = np.unique(labels[~control], return_inverse=True)[1]
    return adata.X, codes, control


def tested(X: Any, codes: np.ndarray, control: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return adjusted p-values and fold changes of all groups and genes."""
    from foretell.core.moments import GroupMoments
    from foretell.stats.fold_change import ratio_of_geometric_means
    from foretell.stats.multiplicity import benjamini_hochberg
    from foretell.stats.rank_sum.rank_sum import rank_sum

    n_groups = int(codes.max()) + 1
    q = benjamini_hochberg(rank_sum(X, codes, n_groups, control).p, axis=1)
    moments = GroupMoments(n_groups + 1, X.shape[1], squares=False)
    moments.add(X, np.where(control, n_groups, codes))
    return q, ratio_of_geometric_means(moments.mean[:-1], moments.mean[-1])


def few(adata: Any) -> Any:
    """Return a small part with every kind of group, to compile on."""
    group = adata.obs["perturbation"].astype(str)
    kept = group.isin(["control", *sorted(group.unique())[:2]])
    first = group[kept].groupby(group[kept]).cumcount() < WARM_CELLS
    return adata[first.index[first], :50].copy()


def peer(folder: Path) -> Iterator[str]:
    """Test by illico."""
    from importlib.metadata import version

    import anndata
    import illico

    adata = anndata.read_h5ad(screen(folder))
    settings = {
        "is_log1p": True,
        "group_keys": "perturbation",
        "reference": "control",
        "n_threads": os.cpu_count(),
    }
    illico.asymptotic_wilcoxon(few(adata), **settings)
    yield version("illico")
    illico.asymptotic_wilcoxon(adata, **settings)
