"""Ranges: how much room a metric has between floor and ceiling, and how often it shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.comparison.clusters import cluster_ratio_interval
from foretell.stats.comparison.wins import share_interval, wins
from foretell.stats.resampling import BootstrapInterval, RatioInterval

__all__ = [
    "Discrimination",
    "bound_discrimination",
    "dynamic_range_fraction",
    "dynamic_range_median",
]

Floats = NDArray[np.float64]


class Discrimination(NamedTuple):
    """Share of conditions in which the ceiling beats the floor.

    Parameters
    ----------
    share : with its interval, over conditions that have both.
    n_undefined : conditions without one of the two: not counted as losses.
    """

    share: BootstrapInterval
    n_undefined: int


def dynamic_range_fraction(
    negative: ArrayLike,
    positive: ArrayLike,
    perfect: float,
    cluster: ArrayLike,
    weights: Floats,
    level: float = 0.95,
) -> RatioInterval:
    """Return DRF, the part of the way from floor to perfection that the ceiling covers.

    DRF = (neg - pos) / (neg - perfect), from means over conditions: 1 = a repeat of the experiment
    is perfect, 0 = it is no better than the floor, below 0 = it is worse. Nothing is added to the
    denominator and nothing is clipped; it has no direction, so it serves errors and
    correlations alike.

    Parameters
    ----------
    negative, positive : (n,) scores of floor and ceiling; NaN in either = left out of both.
    perfect : value of a perfect answer.
    cluster, weights, level : see `cluster_interval`.

    Notes
    -----
    Cost: O(draws k). Source: miller2025, scperteval2026 (whose medians of clipped ratios are
    `dynamic_range_median`).

    >>> from foretell.stats.comparison.clusters import cluster_weights
    >>> w = cluster_weights(3, 99, np.random.default_rng(0))
    >>> float(dynamic_range_fraction([2.0, 4.0, 6.0], [1.0, 1.0, 1.0], 0.0, range(3), w).ratio)
    0.75
    """
    floor, ceiling = np.asarray(negative, np.float64), np.asarray(positive, np.float64)
    both = np.where(np.isnan(ceiling), np.nan, floor)
    return cluster_ratio_interval(both - ceiling, both - perfect, cluster, weights, level)


def dynamic_range_median(
    negative: ArrayLike, positive: ArrayLike, perfect: float, epsilon: float = 1e-6
) -> float:
    """Return the median over conditions of clipped ratios, as scPertEval defines DRF.

    median of clip((neg - pos) / (neg - perfect + epsilon), -1, 1). Kept for comparison with that
    tool: epsilon is not free of scale (an error of weak perturbations may be as small), and it is
    added as it stands for scores that are better when larger, too, where it makes the denominator
    smaller in size.

    Parameters
    ----------
    negative, positive, perfect : see `dynamic_range_fraction`; conditions with a NaN are left out.
    epsilon : what is added to the denominator.

    Returns
    -------
    float
        NaN without any condition.

    Notes
    -----
    Source: scperteval2026.

    >>> dynamic_range_median([2.0, 4.0, np.nan], [1.0, 1.0, 1.0], 0.0)
    0.624...
    """
    floor, ceiling = np.asarray(negative, np.float64), np.asarray(positive, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.clip((floor - ceiling) / (floor - perfect + epsilon), -1.0, 1.0)
    ratio = ratio[~np.isnan(ratio)]
    return float(np.median(ratio)) if len(ratio) else float("nan")


def bound_discrimination(
    negative: ArrayLike,
    positive: ArrayLike,
    higher_is_better: bool,
    cluster: ArrayLike,
    weights: Floats,
    level: float = 0.95,
) -> Discrimination:
    """Return BDS, the share of conditions in which the ceiling beats the floor.

    Equal scores are no win. A condition without one of the two is counted apart: a score that is
    not there was not beaten.

    Parameters
    ----------
    negative, positive : (n,) scores of floor and ceiling.
    higher_is_better : direction of the score.
    cluster, weights, level : see `cluster_interval`.

    Notes
    -----
    Cost: O(draws k). Source: scperteval2026.

    >>> from foretell.stats.comparison.clusters import cluster_weights
    >>> w = cluster_weights(4, 99, np.random.default_rng(0))
    >>> found = bound_discrimination([1, 1, 1, 1], [2, 2, 0, np.nan], True, range(4), w)
    >>> round(float(found.share.mean), 3), found.n_undefined
    (0.667, 1)
    """
    won = wins(positive, negative, higher_is_better, tie=0.0)
    share = share_interval(won, cluster, weights, level)
    return Discrimination(share, int(np.isnan(won).sum()))
