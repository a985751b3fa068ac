"""Wins: in how many conditions a method beats a floor, and a ceiling does."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.comparison.clusters import cluster_interval
from foretell.stats.resampling import BootstrapInterval

__all__ = ["share_interval", "wins"]

Floats = NDArray[np.float64]

TIE = 1e-12  # scores closer than this part of their size tie


def wins(scores: ArrayLike, floor: ArrayLike, higher_is_better: bool, tie: float = 0.5) -> Floats:
    """Return 1 where a score beats the floor's, 0 where it loses, `tie` where they are equal.

    Parameters
    ----------
    scores, floor : (n, ...) per condition; NaN in either = undefined: NaN.
    higher_is_better : direction of the score.
    tie : worth of a tie; scores tie within 1e-12 of their size, so that rounding wins nothing.

    >>> wins([1.0, 2.0, 3.0, np.nan], [2.0, 2.0, 2.0, 2.0], higher_is_better=True)
    array([0. , 0.5, 1. , nan])
    """
    a, b = np.asarray(scores, np.float64), np.asarray(floor, np.float64)
    apart = a - b if higher_is_better else b - a
    equal = np.abs(apart) <= TIE * np.maximum(np.abs(a), np.abs(b))
    won = np.where(equal, tie, (apart > 0).astype(np.float64))
    return np.where(np.isnan(apart), np.nan, won)


def share_interval(
    won: ArrayLike, cluster: ArrayLike, weights: Floats, level: float = 0.95
) -> BootstrapInterval:
    """Return the share of wins with its interval from whole clusters.

    Parameters
    ----------
    won : (n,) of `wins`; NaN = undefined: it is excluded.
    cluster, weights, level : see `cluster_interval`.

    Notes
    -----
    Where every condition has the same outcome resampling has nothing to vary; the open end is then
    the exact (Clopper-Pearson) one of k clusters, ((1 - level) / 2)^(1 / k) from the end.
    Cost: O(draws k). Source: clopper1934.

    >>> from foretell.stats.comparison.clusters import cluster_weights
    >>> w = cluster_weights(20, 500, np.random.default_rng(0))
    >>> found = share_interval(np.ones(20), np.arange(20), w)
    >>> round(float(found.lower), 2), float(found.upper)
    (0.83, 1.0)
    """
    x = np.asarray(won, dtype=np.float64)
    found = cluster_interval(x, cluster, weights, level)
    if not found.n or found.mean not in (0.0, 1.0):
        return found
    k = len(np.unique(np.asarray(cluster)[~np.isnan(x)]))
    far = ((1 - level) / 2) ** (1 / k)
    ends = (far, 1.0) if found.mean == 1.0 else (0.0, 1 - far)
    return found._replace(lower=np.asarray(ends[0]), upper=np.asarray(ends[1]))
