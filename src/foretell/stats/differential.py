"""Differential: whether the mean of a gene differs between two groups of observations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["WelchTest", "welch"]

Floats = NDArray[np.float64]

ROUNDING = 10 * np.finfo(np.float64).eps


class WelchTest(NamedTuple):
    """Result of a Welch test, one value per tested mean.

    Parameters
    ----------
    t : statistic; positive where mean a is larger.
    p : two-sided p-value.
    df : Welch-Satterthwaite degrees of freedom.
    """

    t: Floats
    p: Floats
    df: Floats


def welch(
    mean_a: ArrayLike,
    var_a: ArrayLike,
    n_a: ArrayLike,
    mean_b: ArrayLike,
    var_b: ArrayLike,
    n_b: ArrayLike,
) -> WelchTest:
    """Compare means with unequal variances, from moments.

        t = (mean_a - mean_b) / sqrt(v_a + v_b),   v = var / n,
        df = (v_a + v_b)^2 / (v_a^2 / (n_a - 1) + v_b^2 / (n_b - 1)).

    Good for many cells per group and values that are roughly symmetric after the logarithm.
    Fails where observations are not independent: cells of one sample are not replicates.

    Parameters
    ----------
    mean_a, mean_b : means, in any unit.
    var_a, var_b : unbiased variances (ddof = 1), in squared units of the means.
    n_a, n_b : numbers of observations. All six broadcast against each other, so n is (k, 1)
        beside (k, g) means.

    Returns
    -------
    WelchTest
        Arrays of the broadcast shape. Where no test is possible:
        a group with fewer than 2 observations, or NaN among the moments: all NaN.
        Both variances 0 (to the rounding of the means): df NaN and p = 1, since the spread
        that a difference is judged by was not observed; t = 0 for equal means, else NaN.

    Raises
    ------
    ValueError
        If the shapes do not broadcast.

    Notes
    -----
    Cost: O(size). Source: welch1947.

    >>> result = welch(1.0, 4.0, 8, 0.0, 4.0, 8)
    >>> float(result.t), round(float(result.p), 3), float(result.df)
    (1.0, 0.334, 14.0)
    """
    from scipy.special import stdtr

    moments = [np.asarray(x, np.float64) for x in (mean_a, var_a, n_a, mean_b, var_b, n_b)]
    m_a, s_a, k_a, m_b, s_b, k_b = np.broadcast_arrays(*moments)
    with np.errstate(divide="ignore", invalid="ignore"):
        v_a, v_b = s_a / k_a, s_b / k_b
        v = v_a + v_b
        difference = m_a - m_b
        t = np.asarray(difference / np.sqrt(v))
        df = np.asarray(v**2 / (v_a**2 / (k_a - 1) + v_b**2 / (k_b - 1)))
    floor = ROUNDING * np.maximum(np.abs(m_a), np.abs(m_b))
    is_constant = np.asarray(np.sqrt(v) <= floor)
    t[is_constant] = np.where(np.abs(difference) <= floor, 0.0, np.nan)[is_constant]
    df[is_constant] = np.nan
    p = np.asarray(2.0 * stdtr(df, -np.abs(t)))
    p[is_constant] = 1.0
    too_few = (k_a < 2) | (k_b < 2)
    for values in (t, p, df):
        values[too_few] = np.nan
    return WelchTest(t, p, df)
