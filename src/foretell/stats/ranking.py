"""Ranking: how high the right answer stands in a list."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Standing",
    "auroc_rows",
    "average_precision_rows",
    "chance_of_top",
    "midrank_fraction",
    "reciprocal_rank",
    "stand",
]

Floats = NDArray[np.float64]

TIE = 1e-12  # distances closer than this part of the largest one in the row tie


def midrank_fraction(distances: ArrayLike, own: ArrayLike) -> Floats:
    """Return which fraction of the other entries of each row lies farther than the own entry.

    1 - rank / (m - 1), with the rank from 0 and ties counted by half: 1 = nearest of all,
    0 = farthest, 0.5 = chance, which is also what a total tie scores.

    Parameters
    ----------
    distances : (n, m) distances, >= 0; NaN = not a candidate for this row.
    own : (n,) column of the own entry of each row.

    Returns
    -------
    ndarray
        (n,) fractions; NaN where the own distance is NaN or there is no other candidate.

    Raises
    ------
    ValueError
        If the shapes do not fit or a column does not exist.

    Notes
    -----
    Two distances tie within 1e-12 of the largest finite one in their row, so that rounding
    never decides. Cost: O(n m).

    >>> midrank_fraction([[0.1, 0.5, 0.5], [0.3, 0.3, 0.3]], [0, 2])
    array([1. , 0.5])
    """
    standing = stand(distances, own)
    others = standing.candidates - 1.0
    fraction = 1.0 - (standing.nearer + standing.tied / 2) / np.where(others > 0, others, 1)
    return np.where(standing.is_defined & (others > 0), fraction, np.nan)


class Standing(NamedTuple):
    """How many other entries of each row are nearer than the own one, and how many tie with it.

    Parameters
    ----------
    nearer, tied : (n,) counts of other entries.
    candidates : (n,) entries that are no NaN, the own one included.
    is_defined : (n,) False where the own entry is NaN.
    """

    nearer: Floats
    tied: Floats
    candidates: Floats
    is_defined: NDArray[np.bool_]


def stand(distances: ArrayLike, own: ArrayLike) -> Standing:
    """Count the entries of each row that are nearer than the own one, and those that tie with it.

    Parameters and ties as in `midrank_fraction`. Cost: O(n m).

    >>> stand([[0.1, 0.5, 0.5], [0.3, 0.2, 0.3]], [1, 2])
    Standing(nearer=array([1., 1.]), tied=array([1., 1.]), candidates=array([3., 3.]), \
is_defined=array([ True,  True]))
    """
    D, column = np.asarray(distances, np.float64), np.asarray(own)
    if D.ndim != 2 or column.shape != D.shape[:1]:
        raise ValueError(f"distances (n, m) and own (n,), not {D.shape} and {column.shape}")
    if column.size and not (column.min() >= 0 and column.max() < D.shape[1]):
        raise ValueError(f"own must lie in 0 ... {D.shape[1] - 1}")
    mine = D[np.arange(len(D)), column][:, None]
    size = np.where(np.isfinite(D), np.abs(D), 0.0).max(axis=1, keepdims=True, initial=0.0)
    with np.errstate(invalid="ignore"):  # inf - inf
        is_tied = (np.abs(D - mine) <= TIE * size) | (mine == D)
    return Standing(
        np.count_nonzero((mine > D) & ~is_tied, axis=1).astype(float),
        np.count_nonzero(is_tied, axis=1) - 1.0,
        np.count_nonzero(~np.isnan(D), axis=1).astype(float),
        ~np.isnan(mine[:, 0]),
    )


def chance_of_top(standing: Standing, k: int) -> Floats:
    """(n,) chance that the own entry is among the k nearest, ties broken at random.

    >>> chance_of_top(stand([[0.1, 0.5, 0.5], [0.3, 0.3, 0.3]], [1, 2]), 2)
    array([0.5       , 0.66666667])
    """
    chance = np.clip((k - standing.nearer) / (standing.tied + 1.0), 0.0, 1.0)
    return np.where(standing.is_defined, chance, np.nan)


def reciprocal_rank(standing: Standing) -> Floats:
    """(n,) expected 1 / rank (from 1) of the own entry, ties broken at random.

    >>> reciprocal_rank(stand([[0.1, 0.5, 0.5], [0.3, 0.3, 0.3]], [0, 2])).round(4)
    array([1.    , 0.6111])
    """
    if not len(standing.nearer):
        return np.empty(0)
    harmonic = np.concatenate(
        [[0.0], np.cumsum(1.0 / np.arange(1.0, standing.candidates.max() + 2))]
    )
    low = np.where(standing.is_defined, standing.nearer, 0).astype(int)
    high = low + np.where(standing.is_defined, standing.tied, 0).astype(int) + 1
    found = (harmonic[high] - harmonic[low]) / (high - low)
    return np.where(standing.is_defined, found, np.nan)


def average_precision_rows(
    labels: ArrayLike, scores: ArrayLike, mask: ArrayLike | None = None
) -> Floats:
    """Return the average precision of each row of scores.

    sum over thresholds of (recall gained) x (precision there). Equal scores pass the threshold
    together, so constant scores give the prevalence, which is the level of chance.

    Parameters
    ----------
    labels : (n, g) True for positives.
    scores : (n, g) higher = more likely positive.
    mask : (g,) or (n, g) True for the entries that count; None = all.

    Returns
    -------
    ndarray
        (n,) values in [0, 1]; NaN for a row with no positive or with a counted NaN score.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Cost: O(n g log g).

    >>> average_precision_rows([[True, False, True, False]], [[0.9, 0.8, 0.7, 0.1]]).round(3)
    array([0.833])
    """
    is_positive, S = np.asarray(labels, dtype=bool), np.asarray(scores)
    if S.ndim != 2 or is_positive.shape != S.shape:
        raise ValueError(f"labels {is_positive.shape} and scores {S.shape} must both be (n, g)")
    keep = np.broadcast_to(np.True_ if mask is None else np.asarray(mask, dtype=bool), S.shape)
    return np.array(
        [_average_precision(y[k], s[k]) for y, s, k in zip(is_positive, S, keep, strict=True)],
        dtype=np.float64,
    )


def _average_precision(is_positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    if not is_positive.any() or np.isnan(scores).any():
        return float("nan")
    order = np.argsort(scores)[::-1]
    falling = scores[order]
    last = np.flatnonzero(np.r_[falling[1:] != falling[:-1], True])  # last entry of each tie
    found = np.cumsum(is_positive[order])[last]
    return float(np.sum(np.diff(found, prepend=0) * found / (last + 1)) / found[-1])


def auroc_rows(labels: ArrayLike, scores: ArrayLike, mask: ArrayLike | None = None) -> Floats:
    """Return the area under the ROC curve of each row of scores.

    The chance that a positive scores higher than a negative, ties counted by half: 0.5 = chance,
    which is also what constant scores give.

    Parameters
    ----------
    labels : (n, g) True for positives.
    scores : (n, g) higher = more likely positive.
    mask : (g,) or (n, g) True for the entries that count; None = all.

    Returns
    -------
    ndarray
        (n,) values in [0, 1]; NaN for a row without a positive or without a negative, or with a
        counted NaN score.

    Notes
    -----
    Equals the Mann-Whitney U divided by its largest value. Cost: O(n g log g). Source: hanley1982.

    >>> auroc_rows([[True, False, False], [True, True, True]], [[2.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    array([0.75,  nan])
    """
    from scipy.stats import rankdata

    is_positive, s = np.asarray(labels, bool), np.asarray(scores, np.float64)
    counts = np.broadcast_to(np.ones(1, bool) if mask is None else np.asarray(mask, bool), s.shape)
    area = np.full(len(s), np.nan)
    for i, kept in enumerate(counts):
        positive, values = is_positive[i, kept], s[i, kept]
        n_positive = int(positive.sum())
        n_pairs = n_positive * (len(positive) - n_positive)
        if n_pairs and not np.isnan(values).any():
            ranks = rankdata(values)[positive].sum()
            area[i] = (ranks - n_positive * (n_positive + 1) / 2) / n_pairs
    return area
