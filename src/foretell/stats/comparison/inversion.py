"""Inversion: intervals that hold every value which sign flips cannot refute.

A percentile interval of few conditions errs where differences are mostly zero with a few large
ones, as those of rank metrics are: its replicates rarely hold the large ones. A test that flips
signs has no such blind spot, so its inversion is the interval of calibrated scores and of paired
differences; and an interval covers 0 exactly where the test sees no difference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.comparison.clusters import cluster_sums
from foretell.stats.comparison.sign_flips import EXACT, all_signs, draw_signs
from foretell.stats.resampling import BootstrapInterval, RatioInterval

__all__ = ["flip_interval", "flip_ratio_interval", "flips_of"]

Floats = NDArray[np.float64]

ROUNDING = 1e-12


def flips_of(n_clusters: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return all flips of up to 14 clusters, else `draws` of them; (rows, k), unflipped first.

    >>> flips_of(8, 999, np.random.default_rng(0)).shape
    (128, 8)
    """
    return all_signs(n_clusters) if n_clusters <= EXACT else draw_signs(n_clusters, draws, rng)


def flip_interval(
    values: ArrayLike, cluster: ArrayLike, signs: Floats, level: float = 0.95
) -> BootstrapInterval:
    """Return means over conditions with the values that sign flips of clusters cannot refute.

    The interval of mean r holds what `sign_flip_test` of x - r does not reject. Exact for
    symmetric values in any number of conditions; good for paired differences. For shares and
    others that cannot leave a range, use `cluster_interval`.

    Parameters
    ----------
    values : (n,) or (n, m) per condition (and column); NaN = none: it is excluded.
    cluster : (n,) code of each condition's cluster, 0 ... k - 1.
    signs : (rows, k) of `flips_of`, shared by all columns.
    level : coverage in (0, 1).

    Returns
    -------
    BootstrapInterval
        Infinite where there are too few clusters for the level (five or fewer at 95 %), NaN in
        a column without any value.

    Notes
    -----
    Cost: O(rows k m). Source: lehmann2005.

    >>> signs = flips_of(12, 0, np.random.default_rng(0))
    >>> found = flip_interval(np.arange(12.0), np.arange(12), signs)
    >>> float(found.mean), round(float(found.lower), 2), round(float(found.upper), 2)
    (5.5, 3.2, 7.8)
    """
    sums = cluster_sums(values, cluster, signs.shape[1])
    lower, upper = _ends(sums.total, sums.known, signs, level)
    return BootstrapInterval(sums.mean, lower, upper, sums.n)


def flip_ratio_interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    cluster: ArrayLike,
    signs: Floats,
    level: float = 0.95,
) -> RatioInterval:
    """Return mean(numerator) / mean(denominator) with the ratios that sign flips cannot refute.

    A ratio r is refuted where sign flips of clusters reject that numerator - r denominator is
    symmetric around 0. So the interval of a calibrated score holds 0 where a model cannot be told
    from the floor, and 1 where it cannot be told from the ceiling.

    With a_c, b_c the sums of numerator and denominator in cluster c, A, B their totals and A*, B*
    the totals under flips, a flip reaches the observed |A - r B| exactly for r between
    (A* - A) / (B* - B) and (A* + A) / (B* + B), both sides of A / B, while |B*| < |B|. So no
    search is needed: the ends are order statistics of these over flips.

    Parameters
    ----------
    numerator, denominator : (n,) per condition; one with a NaN in either is left out of both.
    cluster, signs, level : see `flip_interval`.

    Returns
    -------
    RatioInterval
        Infinite ends where the denominator cannot be told from 0 at the same level; NaN and n = 0
        without a condition that has both.

    Notes
    -----
    It is Fieller's interval with sign flips in the place of Student's t. Cost: O(rows k). Source:
    lehmann2005 (inversion of tests), fieller1954.

    >>> rng = np.random.default_rng(0)
    >>> room = rng.normal(1.0, 0.2, 30)
    >>> r = flip_ratio_interval(0.5 * room, room, np.arange(30), flips_of(30, 999, rng))
    >>> r.ratio, r.lower, r.upper
    (0.5, 0.5, 0.5)
    """
    pair = np.column_stack([np.asarray(numerator, float), np.asarray(denominator, float)])
    pair = np.where(np.isnan(pair).any(axis=1, keepdims=True), np.nan, pair)
    sums = cluster_sums(pair, cluster, signs.shape[1])
    lower, upper = _ends(sums.total[:, 0], sums.total[:, 1], signs, level)
    below = _ends(sums.total[:, 1], sums.known[:, 1], signs, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = sums.mean[0] / sums.mean[1]
    room = BootstrapInterval(sums.mean[1], *below, np.asarray(sums.n[1]))
    return RatioInterval(float(ratio), float(lower), float(upper), room, int(sums.n[1]))


def _ends(a: Floats, b: Floats, signs: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the interval of sum(a) / sum(b) per column, given (k, ...) sums."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    A, B = a.sum(axis=0), b.sum(axis=0)
    flipped_A, flipped_B = signs @ a, signs @ b
    with np.errstate(divide="ignore", invalid="ignore"):
        first = (flipped_A - A) / (flipped_B - B)
        second = (flipped_A + A) / (flipped_B + B)
    # where flips move the denominator as far as it is from 0, nothing is refuted
    bounded = np.abs(flipped_B) < np.abs(B) * (1 - ROUNDING)
    low = np.where(bounded, np.fmin(first, second), -np.inf)
    high = np.where(bounded, np.fmax(first, second), np.inf)
    at = int(np.floor((1 - level) * len(signs) + ROUNDING))  # so many flips may fall short
    lower = np.partition(low, at, axis=0)[at]
    upper = np.partition(high, len(signs) - 1 - at, axis=0)[len(signs) - 1 - at]
    nowhere = np.where(B == 0, np.nan, 0.0)
    return np.asarray(lower + nowhere), np.asarray(upper + nowhere)
