"""Ranks: which places a method may hold, given what paired differences can show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.comparison.sign_flips import flipped_t, step_down

__all__ = ["RankSets", "rank_sets"]

Floats = NDArray[np.float64]


class RankSets(NamedTuple):
    """Places that each of M methods may hold.

    Parameters
    ----------
    lower, upper : (M,) best and worst place, from 1; NaN for a method without a score.
    group : (M,) tie group, from 1 (best); 0 for a method without a score.
    better : (M, M) True where the row is better than the column beyond doubt.
    adjusted : (M, M) p-value of "the row is not better than the column", adjusted for all ordered
        pairs; NaN where the two cannot be compared.
    """

    lower: Floats
    upper: Floats
    group: NDArray[np.int64]
    better: NDArray[np.bool_]
    adjusted: Floats


def rank_sets(
    scores: ArrayLike,
    higher_is_better: bool,
    cluster: ArrayLike,
    signs: Floats,
    level: float = 0.95,
    fewest: int = 8,
) -> RankSets | None:
    """Return simultaneous confidence sets for the ranks of methods, and groups of ties.

    All M (M - 1) ordered pairs are tested at once, "j is not better than k", by step-down max-T
    over joint sign flips of clusters. Then

        best place of j = 1 + number of methods that are better than j,
        worst place of j = number of methods - number of methods that j is better than,

    and with probability `level` every method's true place lies within its own. A tie group is led
    by its best mean; those that the leader is not better than join it, and the best of the rest
    leads the next. Two members of one group may differ from each other.

    Parameters
    ----------
    scores : (n_conditions, M), seeds and folds already averaged; NaN = none: a pair is compared
        where both have a score.
    higher_is_better : direction of the score.
    cluster : (n_conditions,) code of each condition's cluster, 0 ... k - 1.
    signs : (1 + B, k) of `draw_signs`.
    level : of all places together.
    fewest : clusters that a pair must share; other pairs cannot be told apart.

    Returns
    -------
    RankSets, or None where fewer than `fewest` clusters have any score.

    Notes
    -----
    Cost: O(B k M^2). Source: mogstad2024 (whose studentised bootstrap is replaced by sign flips,
    which are exact for symmetric differences).

    >>> from foretell.stats.comparison.sign_flips import draw_signs
    >>> rng = np.random.default_rng(0)
    >>> good = rng.normal(size=30)
    >>> scores = np.column_stack([good - 2, good, good + 0.01 * rng.normal(size=30)])
    >>> found = rank_sets(scores, True, np.arange(30), draw_signs(30, 999, rng))
    >>> found.lower, found.upper, found.group
    (array([3., 1., 1.]), array([3., 2., 2.]), array([2, 1, 1]))
    """
    x = np.asarray(scores, dtype=np.float64)
    known = ~np.isnan(x)
    if len(np.unique(np.asarray(cluster)[known.any(axis=1)])) < fewest:
        return None
    x = x if higher_is_better else -x
    m = x.shape[1]
    first, second = np.triu_indices(m, 1)
    apart = x[:, first] - x[:, second]
    size = np.maximum(np.abs(x[:, first]), np.abs(x[:, second]))
    apart = np.where(np.abs(apart) <= 1e-12 * size, 0.0, apart)  # rounding is no difference
    t, used = flipped_t(apart, cluster, signs)
    t = np.where(used >= fewest, t, np.nan)
    both = step_down(np.hstack([t, -t]))
    adjusted = np.full((m, m), np.nan)
    adjusted[first, second], adjusted[second, first] = np.split(both, 2)
    better = np.nan_to_num(adjusted, nan=1.0) <= 1 - level
    present = known.any(axis=0)
    places = np.where(present, 0.0, np.nan)
    return RankSets(
        lower=1 + better.sum(axis=0) + places,
        upper=present.sum() - better.sum(axis=1) + places,
        group=_groups(_means(x), better),
        better=better,
        adjusted=adjusted,
    )


def _means(x: Floats) -> Floats:
    known = ~np.isnan(x)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, x, 0.0).sum(axis=0) / known.sum(axis=0))


def _groups(mean: Floats, better: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Let the best of those that are left lead a group of all that it is not better than."""
    group = np.zeros(len(mean), dtype=np.int64)
    rest = np.flatnonzero(~np.isnan(mean))
    rest = rest[np.argsort(-mean[rest], kind="stable")]
    while rest.size:
        joins = ~better[rest[0], rest]
        group[rest[joins]] = group.max() + 1
        rest = rest[~joins]
    return group
