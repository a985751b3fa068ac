"""Clusters: bootstrap intervals over conditions of which some belong together.

Conditions of one perturbation in several contexts or doses are no independent evidence: they form
a cluster and are drawn together. Scores are summed up per cluster once, (n_clusters, n_columns);
every replicate of every column is then one entry of a single matrix product.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.resampling import (
    BootstrapInterval,
    RatioInterval,
    bootstrap_weights,
    interval_of_replicates,
)

__all__ = [
    "ClusterSums",
    "cluster_interval",
    "cluster_ratio_interval",
    "cluster_sums",
    "cluster_weights",
    "paired_replicates",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


class ClusterSums(NamedTuple):
    """What a bootstrap over clusters needs to know of the values.

    Parameters
    ----------
    total : (k, ...) sum of the known values of each cluster.
    known : (k, ...) number of known values of each cluster.
    """

    total: Floats
    known: Floats

    @property
    def mean(self) -> Floats:
        """(...) mean over all known values; NaN where there is none."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.total.sum(axis=0) / self.known.sum(axis=0))

    @property
    def n(self) -> NDArray[np.int64]:
        """(...) known values."""
        return np.asarray(self.known.sum(axis=0), dtype=np.int64)

    @property
    def n_clusters(self) -> NDArray[np.int64]:
        """(...) clusters with a known value: the number of independent units."""
        return np.asarray(np.count_nonzero(self.known, axis=0))

    def replicates(self, weights: Floats) -> Floats:
        """(draws, ...) means under weights (draws, k); NaN where a draw has no value."""
        total, known = (x.reshape(len(x), -1) for x in (self.total, self.known))
        if known.shape[1] and (known == known[:, :1]).all():
            known = known[:, :1]  # all columns know the same: one product serves them all
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (weights @ total) / (weights @ known)
        return np.asarray(means.reshape(len(weights), *self.total.shape[1:]))


def cluster_weights(n_clusters: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw how much each cluster weighs in each bootstrap replicate: once, for all columns.

    Returns
    -------
    (draws, n_clusters) multinomial counts over n_clusters, see `bootstrap_weights`.

    >>> cluster_weights(4, 2, np.random.default_rng(0)).shape
    (2, 4)
    """
    return bootstrap_weights(n_clusters, draws, rng)


def cluster_sums(
    values: ArrayLike, cluster: ArrayLike, n_clusters: int | None = None
) -> ClusterSums:
    """Sum up values by cluster.

    Parameters
    ----------
    values : (n, ...) one value per condition (and column); NaN = no value.
    cluster : (n,) code of each condition's cluster, 0 ... k - 1.
    n_clusters : k, where codes may be missing at the end.

    Raises
    ------
    ValueError
        If a condition has no code, or codes are negative.

    Notes
    -----
    Cost: O(n m).

    >>> sums = cluster_sums([1.0, 2.0, np.nan, 4.0], [0, 0, 1, 1])
    >>> sums.total, sums.known, round(float(sums.mean), 3)
    (array([3., 4.]), array([2., 1.]), 2.333)
    """
    x, code = np.asarray(values, dtype=np.float64), np.asarray(cluster, dtype=np.intp)
    if code.shape != x.shape[:1] or (code.size and code.min() < 0):
        raise ValueError(f"{len(x)} conditions need as many codes from 0, not {code.shape}")
    k = int(code.max(initial=-1)) + 1 if n_clusters is None else n_clusters
    is_known = ~np.isnan(x)
    filled = np.where(is_known, x, 0.0)
    if k == len(x) and np.array_equal(code, np.arange(k)):
        return ClusterSums(filled, is_known.astype(np.float64))  # every one stands alone
    return ClusterSums(_add_up(filled, code, k), _add_up(is_known.astype(np.float64), code, k))


def _add_up(x: Floats, code: Codes, k: int) -> Floats:
    order = np.argsort(code, kind="stable")
    first = np.flatnonzero(np.diff(code[order], prepend=-1))  # where a cluster starts
    total = np.zeros((k, *x.shape[1:]))
    if len(first):
        total[code[order][first]] = np.add.reduceat(x[order], first, axis=0)
    return total


def cluster_interval(
    values: ArrayLike,
    cluster: ArrayLike,
    weights: Floats,
    level: float = 0.95,
    expand: bool = True,
) -> BootstrapInterval:
    """Return means over conditions with percentile intervals from whole clusters.

    A replicate is sum_c w_c s_c / sum_c w_c n_c, with s_c the sum and n_c the number of the known
    values of cluster c. Good from about eight clusters on; with fewer no resampling says much.

    Parameters
    ----------
    values : (n,) or (n, m) one value per condition (and column); NaN = no value: it is excluded.
    cluster : (n,) code of each condition's cluster, 0 ... k - 1.
    weights : (draws, k) of `cluster_weights`, shared by all columns.
    level : coverage in (0, 1).
    expand : make good for few clusters, see `expanded_level`; off, singletons give exactly
        what `bootstrap_interval` gives under the same weights.

    Returns
    -------
    BootstrapInterval
        `n` counts conditions; NaN in a column without any value.

    Notes
    -----
    Cost: O(draws k m), one matrix product. Source: davison1997 (resampling of clusters),
    hesterberg2015 (expansion).

    >>> w = cluster_weights(3, 999, np.random.default_rng(0))
    >>> found = cluster_interval([1.0, 1.0, 5.0, 3.0], [0, 0, 1, 2], w, expand=False)
    >>> float(found.mean), float(found.lower), float(found.upper)
    (2.5, 1.0, 5.0)
    """
    sums = cluster_sums(values, cluster, weights.shape[1])
    units = sums.n_clusters if expand else None
    lower, upper = interval_of_replicates(sums.replicates(weights), level, units)
    return BootstrapInterval(sums.mean, lower, upper, sums.n)


def cluster_ratio_interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    cluster: ArrayLike,
    weights: Floats,
    level: float = 0.95,
    expand: bool = True,
) -> RatioInterval:
    """Return mean(numerator) / mean(denominator) with its interval from whole clusters.

    Parameters
    ----------
    numerator, denominator : (n,) one value per condition; one with a NaN in either is left out of
        both.
    cluster, weights, level, expand : see `cluster_interval`.

    Returns
    -------
    RatioInterval
        See `ratio_of_means_interval`; NaN and n = 0 without a condition that has both.

    Notes
    -----
    Where the denominator stays clear of 0 this is second-order close to Fieller's interval.
    Cost: O(draws k).

    >>> w = cluster_weights(3, 99, np.random.default_rng(0))
    >>> r = cluster_ratio_interval([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0, 1, 2], w)
    >>> r.ratio, r.n, round(r.lower, 9), round(r.upper, 9)
    (0.5, 3, 0.5, 0.5)
    """
    pair = np.column_stack([np.asarray(numerator, float), np.asarray(denominator, float)])
    pair = np.where(np.isnan(pair).any(axis=1, keepdims=True), np.nan, pair)
    sums = cluster_sums(pair, cluster, weights.shape[1])
    replicates = sums.replicates(weights)
    units = sums.n_clusters if expand else None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = sums.mean[0] / sums.mean[1]
        ratios = replicates[:, 0] / replicates[:, 1]
    below = interval_of_replicates(replicates[:, 1], level, None if units is None else units[1])
    lower, upper = interval_of_replicates(ratios, level, None if units is None else units[1])
    denominators = BootstrapInterval(sums.mean[1], *below, np.asarray(sums.n[1]))
    return RatioInterval(float(ratio), float(lower), float(upper), denominators, int(sums.n[1]))


def paired_replicates(scores: Floats, cluster: ArrayLike, weights: Floats, pairs: Codes) -> Floats:
    """Return bootstrap replicates of the paired differences of many pairs of columns.

    Parameters
    ----------
    scores : (n, M) one column per method; NaN = none: a pair is compared where both have one.
    cluster, weights : see `cluster_interval`.
    pairs : (p, 2) columns to subtract: the first minus the second.

    Returns
    -------
    (draws, p). Without any NaN the differences of the means are enough: no second product.

    Notes
    -----
    Cost: O(draws k (M or p)).
    """
    x = np.asarray(scores, dtype=np.float64)
    if np.isnan(x).any():
        apart = x[:, pairs[:, 0]] - x[:, pairs[:, 1]]
        return cluster_sums(apart, cluster, weights.shape[1]).replicates(weights)
    means = cluster_sums(x, cluster, weights.shape[1]).replicates(weights)
    return np.asarray(means[:, pairs[:, 0]] - means[:, pairs[:, 1]])
