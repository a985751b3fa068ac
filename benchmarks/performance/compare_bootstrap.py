"""A paired cluster bootstrap of everything a study compares, against a plain loop over draws."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

NAME = "bootstrap_2000x30x10"
WORK = (
    "2,000 draws of 200 clusters (400 conditions) x 30 metrics x 10 methods: means, ratios to the "
    "floor and all 45 paired differences, with intervals"
)
PEER = "no tool does it; a plain loop over draws with numpy means"
DRAWS = 2000
METRICS, METHODS, CONDITIONS, CLUSTERS = 30, 10, 400, 200
PAIRS = np.array(list(combinations(range(METHODS), 2)))


def prepare(folder: Path) -> None:
    """Write scores (conditions, metrics, methods), a few of them missing, and clusters."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(CONDITIONS, METRICS, METHODS)) + rng.normal(size=(CONDITIONS, 1, 1))
    scores[rng.random(scores.shape[:2]) < 0.03] = np.nan  # n/a for every method alike
    cluster = np.concatenate([np.arange(CLUSTERS), rng.integers(0, CLUSTERS, CLUSTERS)])
    np.savez(folder / "bootstrap.npz", scores=scores, cluster=cluster)


def _arrays(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    held = np.load(folder / "bootstrap.npz")
    return held["scores"], held["cluster"]


def ours(folder: Path) -> Iterator[str]:
    """Intervals of means and differences; ratios from the replicates of the means."""
    import foretell
    from foretell.stats.comparison.clusters import (
        cluster_interval,
        cluster_sums,
        cluster_weights,
        paired_replicates,
    )
    from foretell.stats.resampling import interval_of_replicates

    scores, cluster = _arrays(folder)
    yield foretell.__version__
    weights = cluster_weights(CLUSTERS, DRAWS, np.random.default_rng(0))
    cluster_interval(scores, cluster, weights)
    means = cluster_sums(scores, cluster, CLUSTERS).replicates(weights)
    interval_of_replicates(means[:, :, 1:] / means[:, :, :1], n=np.full((METRICS, 9), CLUSTERS))
    for metric in range(METRICS):
        x = scores[:, metric]
        interval_of_replicates(paired_replicates(x, cluster, weights, PAIRS), n=np.full(45, 200))


def peer(folder: Path) -> Iterator[str]:
    """Draw clusters, gather their conditions, average: draw by draw."""
    scores, cluster = _arrays(folder)
    rows = [np.flatnonzero(cluster == c) for c in range(CLUSTERS)]
    yield np.__version__
    rng = np.random.default_rng(0)
    means, apart = [], []
    for _ in range(DRAWS):
        drawn = np.concatenate([rows[c] for c in rng.integers(0, CLUSTERS, CLUSTERS)])
        sample = scores[drawn]
        means.append(np.nanmean(sample, axis=0))
        apart.append(np.nanmean(sample[:, :, PAIRS[:, 0]] - sample[:, :, PAIRS[:, 1]], axis=0))
    np.quantile(means, [0.025, 0.975], axis=0)
    np.quantile(np.array(means)[:, :, 1:] / np.array(means)[:, :, :1], [0.025, 0.975], axis=0)
    np.quantile(apart, [0.025, 0.975], axis=0)
