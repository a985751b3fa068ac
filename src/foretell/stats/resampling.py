"""Resampling: intervals of means over conditions by the bootstrap, and ties between models.

Conditions that belong together (one perturbation in several contexts) are resampled together by
`foretell.stats.comparison.clusters`, which gives the same numbers where every one stands alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BootstrapInterval",
    "RatioInterval",
    "bootstrap_interval",
    "bootstrap_weights",
    "expanded_level",
    "interval_of_replicates",
    "ratio_of_means_interval",
]

Floats = NDArray[np.float64]


class BootstrapInterval(NamedTuple):
    """Means with percentile intervals; scalars (0-d) for (n,) values, else (m,).

    Parameters
    ----------
    mean : mean over the conditions that have a value; NaN where none has.
    lower, upper : ends of the interval.
    n : number of conditions that have a value.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    n: NDArray[np.int64]

    def covers(self, value: float, slack: float = 0.0) -> NDArray[np.bool_]:
        """Return whether the interval holds `value`, ends included; True where it is NaN."""
        return np.asarray(~((self.lower > value + slack) | (self.upper < value - slack)))


class RatioInterval(NamedTuple):
    """A ratio of two means over the same conditions with percentile intervals.

    Parameters
    ----------
    ratio : mean of the numerator over mean of the denominator.
    lower, upper : ends of its interval.
    denominator : interval of the mean of the denominator.
    n : number of conditions that have both.
    """

    ratio: float
    lower: float
    upper: float
    denominator: BootstrapInterval
    n: int

    @property
    def is_uninformative(self) -> bool:
        """Whether the denominator may be 0, so that the ratio says nothing here."""
        return bool(self.denominator.covers(0.0))


def bootstrap_weights(n: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw how much each of n conditions weighs in each bootstrap replicate.

    Parameters
    ----------
    n : conditions, >= 1.
    draws : replicates, >= 1.
    rng : source of randomness.

    Returns
    -------
    ndarray
        (draws, n) multinomial counts over n; every row sums to 1, so `weights @ values` are
        the means of the replicates.

    Notes
    -----
    Cost: O(draws n). Source: efron1993.

    >>> bootstrap_weights(4, 2, np.random.default_rng(0)).sum(axis=1)
    array([1., 1.])
    """
    if n < 1 or draws < 1:
        raise ValueError(f"cannot resample {n} conditions {draws} times")
    counts = rng.multinomial(n, np.full(n, 1.0 / n), size=draws)
    weights: Floats = counts / n
    return weights


def expanded_level(level: float, n: int) -> float:
    """Return the level whose percentile interval covers as often as it says in small samples.

    A percentile interval of a mean is too narrow twice: the bootstrap divides by n where n - 1 is
    right, and it reads a normal where a t distribution stands. The level L' with

        z((1 + L') / 2) = sqrt(n / (n - 1)) t_{n-1}((1 + L) / 2)

    makes good for both, and keeps what percentiles are good at: skewness, and ranges that a
    statistic cannot leave. At n = 10 and 95 % it asks for 98.3 %; it tends to L.

    Parameters
    ----------
    level : L, in (0, 1).
    n : independent units, >= 0; below two nothing is known about spread and L is returned.

    Notes
    -----
    Cost: O(1). Source: hesterberg2015.

    >>> round(expanded_level(0.95, 10), 3), round(expanded_level(0.95, 1000), 3)
    (0.983, 0.95)
    """
    from scipy.special import ndtr, stdtrit

    _ends(level)
    if n < 2:
        return level
    z = np.sqrt(n / (n - 1)) * stdtrit(n - 1, (1 + level) / 2)
    return float(min(2 * ndtr(z) - 1, 1 - 1e-9))


def bootstrap_interval(
    values: ArrayLike,
    draws: int,
    rng: np.random.Generator,
    level: float = 0.95,
    weights: Floats | None = None,
    expand: bool = False,
) -> BootstrapInterval:
    """Return the mean over conditions with its percentile bootstrap interval.

    Good for twenty conditions or more; below about ten the interval is too narrow, unless it is
    expanded.

    Parameters
    ----------
    values : (n,) or (n, m) one value per condition (and column); NaN = no value: it is
        excluded and the rest of the replicate is weighed up.
    draws : replicates, >= 1; 2,000 settle the second digit of the ends.
    rng : source of randomness; all columns share the replicates.
    level : coverage in (0, 1).
    weights : (draws, n) of `bootstrap_weights`, where many columns share them; drawn otherwise.
    expand : make good for small samples, see `expanded_level`.

    Raises
    ------
    ValueError
        If there are no conditions.

    Notes
    -----
    Cost: one product, O(draws n m). Source: efron1993.

    >>> interval = bootstrap_interval([1.0, 2.0, np.nan, 3.0], 500, np.random.default_rng(0))
    >>> float(interval.mean), int(interval.n), bool(interval.lower < 2 < interval.upper)
    (2.0, 3, True)
    """
    x = np.asarray(values, dtype=np.float64)
    weights = bootstrap_weights(len(x), draws, rng) if weights is None else weights
    return _interval(weights, x, level, expand)


def ratio_of_means_interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    draws: int,
    rng: np.random.Generator,
    level: float = 0.95,
    weights: Floats | None = None,
    expand: bool = False,
) -> RatioInterval:
    """Return mean(numerator) / mean(denominator) with its percentile bootstrap interval.

    Made for calibrated scores, (score - floor) / (ceiling - floor): every replicate divides
    two means over the same conditions; ratios of single conditions are never averaged.

    Parameters
    ----------
    numerator, denominator : (n,) one value per condition; a condition with a NaN in either is
        excluded from both.
    draws, rng, level, weights, expand : see `bootstrap_interval`; weights are for conditions with
        both.

    Returns
    -------
    RatioInterval
        Without a condition that has both, everything is NaN and n is 0. Where the interval of
        the denominator covers 0 the result is flagged: there the interval of the ratio is not
        to be read.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Cost: O(draws n).

    >>> r = ratio_of_means_interval([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 99, np.random.default_rng(0))
    >>> r.ratio, r.lower, r.upper, r.is_uninformative
    (0.5, 0.5, 0.5, False)
    """
    pair = np.column_stack([np.asarray(numerator, float), np.asarray(denominator, float)])
    pair = pair[~np.isnan(pair).any(axis=1)]
    n = len(pair)
    if n == 0:
        nothing = np.asarray(np.nan)
        nowhere = BootstrapInterval(nothing, nothing, nothing, np.asarray(0))
        return RatioInterval(np.nan, np.nan, np.nan, nowhere, 0)
    weights = bootstrap_weights(n, draws, rng) if weights is None else weights
    means = weights @ pair
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.divide(*pair.mean(axis=0))
        ratios = means[:, 0] / means[:, 1]
    ratios = ratios[~np.isnan(ratios)]  # 0 / 0
    ends = _ends(expanded_level(level, n) if expand else level)
    lower, upper = np.quantile(ratios, ends) if len(ratios) else (np.nan, np.nan)
    below = _interval(weights, pair[:, 1], level, expand)
    return RatioInterval(float(ratio), float(lower), float(upper), below, n)


def interval_of_replicates(
    replicates: ArrayLike, level: float = 0.95, n: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Return the percentile ends of each column of bootstrap replicates.

    Parameters
    ----------
    replicates : (draws, ...) statistics; NaN = a replicate without one: it is left out.
    level : coverage in (0, 1).
    n : (...) independent units behind each column: the ends are expanded to make good for small
        samples, see `expanded_level`; None = plain percentiles.

    Returns
    -------
    lower, upper : (...); NaN for a column without any replicate.

    Notes
    -----
    Cost: O(draws) per column.

    >>> interval_of_replicates(np.arange(101.0), level=0.9)
    (array(5.), array(95.))
    """
    found = np.asarray(replicates, dtype=np.float64)
    if n is None:
        return _percentiles(found, _ends(level))
    shape = found.shape[1:]
    columns = found.reshape(len(found), -1)
    units = np.broadcast_to(np.asarray(n), shape).ravel()
    bounds = np.empty((2, len(units)))
    for size in np.unique(units):  # few: columns that lack the same conditions share it
        here = units == size
        ends = _ends(expanded_level(level, int(size)))
        bounds[:, here] = _percentiles(columns[:, here], ends)
    lower, upper = bounds.reshape(2, *shape)
    return np.asarray(lower), np.asarray(upper)


def _percentiles(found: Floats, ends: list[float]) -> tuple[Floats, Floats]:
    """Quantiles of each column, linear between order statistics, of the replicates that exist."""
    if not np.isnan(found).any():
        lower, upper = np.quantile(found, ends, axis=0)
        return np.asarray(lower), np.asarray(upper)
    ordered = np.sort(found, axis=0)  # NaN last; numpy's nanquantile takes columns one by one
    last = np.asarray(np.count_nonzero(~np.isnan(found), axis=0) - 1)
    return _order_statistic(ordered, last, ends[0]), _order_statistic(ordered, last, ends[1])


def _order_statistic(ordered: Floats, last: NDArray[np.intp], q: float) -> Floats:
    place = q * np.maximum(last, 0)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(last, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    return np.asarray(low + (high - low) * (place - below))


def _interval(weights: Floats, x: Floats, level: float, expand: bool = False) -> BootstrapInterval:
    """Return means and percentile intervals over n conditions, given the (draws, n) weights."""
    is_known = ~np.isnan(x)
    n = np.asarray(is_known.sum(axis=0))
    filled = np.where(is_known, x, 0.0)
    with np.errstate(invalid="ignore"):
        mean = np.asarray(filled.sum(axis=0) / n)
        replicates = weights @ filled  # (draws, ...)
        if not is_known.all():
            replicates = replicates / (weights @ is_known)  # NaN in one without any value
    lower, upper = interval_of_replicates(replicates, level, n if expand else None)
    return BootstrapInterval(mean, lower, upper, n)


def _ends(level: float) -> list[float]:
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    return [(1.0 - level) / 2, (1.0 + level) / 2]
