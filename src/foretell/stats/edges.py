"""Edges: how well ranked candidate edges find those of a reference network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "EarlyPrecision",
    "borda_points",
    "early_precision",
    "edge_jaccard",
    "precision_recall_trapezoid",
    "top_edges",
]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class EarlyPrecision(NamedTuple):
    """Precision among the strongest candidates.

    Parameters
    ----------
    precision : share of positives among the candidates that were taken.
    ratio : precision over prevalence: 1 = chance, 1 / prevalence = perfect.
    n_taken : candidates that were taken: k, more with ties, fewer where fewer have any score.
    """

    precision: float
    ratio: float
    n_taken: int


def top_edges(scores: ArrayLike, k: int) -> Mask:
    """Return the k candidates that score highest, and all that tie with the last of them.

    Candidates that score 0 were not proposed and are never taken; so fewer than k may come back.

    Parameters
    ----------
    scores : (n,) >= 0; 0 = not proposed.
    k : wanted number, >= 0.

    Notes
    -----
    Cost: O(n). Source: pratapa2020.

    >>> top_edges([3.0, 1.0, 1.0, 0.0], 2)
    array([ True,  True,  True, False])
    """
    s = np.asarray(scores, dtype=np.float64)
    proposed = s > 0
    if k < 1 or not proposed.any():
        return np.zeros(len(s), dtype=bool)
    if proposed.sum() <= k:
        return np.asarray(proposed)
    last = np.partition(s, len(s) - k)[len(s) - k]
    return np.asarray(s >= last)


def early_precision(labels: ArrayLike, scores: ArrayLike) -> EarlyPrecision:
    """Return the precision among the k strongest candidates, k = number of positives.

    Ties with the last one are taken with it. Where no candidate has a score, all tie: the
    precision is the prevalence, chance. Where fewer than k have one, it is the precision of
    those, so that a list of a few sure edges scores high: read it beside the area under the
    precision-recall curve, which asks for all of them.

    Parameters
    ----------
    labels : (n,) True for edges of the reference, among all candidates.
    scores : (n,) >= 0; 0 = not proposed.

    Returns
    -------
    EarlyPrecision
        NaN without a positive or without a negative.

    Notes
    -----
    Cost: O(n). Source: pratapa2020.

    >>> early_precision([True, True, False, False], [0.9, 0.1, 0.5, 0.0])
    EarlyPrecision(precision=0.5, ratio=1.0, n_taken=2)
    """
    is_edge, s = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    k, n = int(is_edge.sum()), len(is_edge)
    if k == 0 or k == n:
        return EarlyPrecision(float("nan"), float("nan"), 0)
    taken = top_edges(s, k)
    if not taken.any():
        taken = np.ones(n, dtype=bool)
    precision = float(is_edge[taken].mean())
    return EarlyPrecision(precision, precision * n / k, int(taken.sum()))


def precision_recall_trapezoid(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the precision-recall curve by the trapezoid rule, as BEELINE has it.

    Points are joined by straight lines, from (recall 0, precision 1) on. That promises what no
    threshold gives, so it lies above average precision, far above where many scores tie: a
    network without any edge gets (1 + prevalence) / 2. For comparison with published numbers.

    Parameters
    ----------
    labels : (n,) True for positives.
    scores : (n,) higher = more likely positive; equal scores pass the threshold together.

    Returns
    -------
    float
        NaN without a positive.

    Notes
    -----
    Cost: O(n log n). Source: pratapa2020.

    >>> precision_recall_trapezoid([True, False, False, False], [0.0, 0.0, 0.0, 0.0])
    0.625
    """
    is_edge, s = np.asarray(labels, dtype=bool), np.asarray(scores, dtype=np.float64)
    if not is_edge.any():
        return float("nan")
    order = np.argsort(-s, kind="stable")
    falling = s[order]
    last = np.flatnonzero(np.r_[falling[1:] != falling[:-1], True])  # last entry of each tie
    found = np.cumsum(is_edge[order])[last]
    precision, recall = np.r_[1.0, found / (last + 1)], np.r_[0.0, found / found[-1]]
    return float(np.sum(np.diff(recall) * (precision[1:] + precision[:-1]) / 2))


def edge_jaccard(first: ArrayLike, second: ArrayLike) -> float:
    """Return which share of the edges of either network is in both; NaN where neither has any.

    >>> edge_jaccard([True, True, False], [True, False, True])
    0.3333333333333333
    """
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    either = int((a | b).sum())
    return float((a & b).sum() / either) if either else float("nan")


def borda_points(scores: ArrayLike) -> Floats:
    """Return the mean rank of each candidate over several networks, from 0 (last) to 1 (first).

    Each network ranks all candidates, ties at mid-rank, absent ones last together; ranks are
    averaged and stretched to [0, 1]. Good for combining methods whose weights have no common
    unit; it gives every method one vote, however poor.

    Parameters
    ----------
    scores : (n_networks, n) >= 0; 0 = absent.

    Returns
    -------
    (n,) points; 0 everywhere where all candidates tie.

    Notes
    -----
    Cost: O(n_networks n log n). Source: marbach2012, pratapa2020.

    >>> borda_points([[0.9, 0.5, 0.0], [3.0, 0.0, 0.0]])
    array([1.        , 0.28571429, 0.        ])
    """
    from scipy.stats import rankdata

    S = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    points = rankdata(S, axis=1).mean(axis=0)
    low, high = points.min(initial=np.inf), points.max(initial=-np.inf)
    return np.asarray((points - low) / (high - low) if high > low else np.zeros(S.shape[1]))
