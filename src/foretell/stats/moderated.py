"""Moderated: variances of many genes that lend each other strength."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.pooling import pooled_variance

__all__ = [
    "ModeratedTest",
    "VariancePrior",
    "moderated_t",
    "prior_of_logs",
    "trigamma_inverse",
    "variance_prior",
]

Floats = NDArray[np.float64]

ROUNDING = 10 * np.finfo(np.float64).eps
STEPS = 50  # of Newton's method, which needs fewer than ten


class VariancePrior(NamedTuple):
    """Scaled inverse chi-square prior of the variances of one comparison.

    Parameters
    ----------
    s2 : typical variance s0^2; NaN where no gene has any.
    df : degrees of freedom d0 that it is worth; inf where variances differ by chance only.
    """

    s2: Floats
    df: Floats


class ModeratedTest(NamedTuple):
    """Result of a t test with pooled, and perhaps moderated, variances.

    Parameters
    ----------
    t : (k, g) statistic; positive where mean a is larger.
    p : (k, g) two-sided p-values.
    df : (k, g) degrees of freedom.
    prior : of each of the k comparisons; d0 = 0 where nothing was moderated.
    """

    t: Floats
    p: Floats
    df: Floats
    prior: VariancePrior


def trigamma_inverse(x: ArrayLike) -> Floats:
    """Solve trigamma(y) = x for y > 0, by Newton's method on 1 / trigamma.

    Parameters
    ----------
    x : positive numbers; inf gives 0, 0 gives inf, negative numbers and NaN give NaN.

    Notes
    -----
    1 / trigamma is convex and nearly a line, so that the steps never overshoot from the start
    1/2 + 1/x. Cost: O(size). Source: smyth2004 (appendix).

    >>> bool(np.isclose(trigamma_inverse(np.pi**2 / 6), 1.0))
    True
    """
    from scipy.special import polygamma

    given = np.asarray(x, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = 0.5 + 1.0 / given
        inside = (given > 1e-7) & (given < 1e7)
        at, wanted = y[inside], given[inside]
        for _ in range(STEPS):
            value = polygamma(1, at)
            step = value * (1.0 - value / wanted) / polygamma(2, at)
            at = at + step
            if not np.any(np.abs(step) > 1e-12 * at):
                break
        found = np.where(given >= 1e7, 1.0 / np.sqrt(given), 1.0 / given)  # both limits
        found[inside] = at
    return np.where(given >= 0, found, np.nan)


def variance_prior(variance: ArrayLike, df: ArrayLike, mask: ArrayLike = True) -> VariancePrior:
    """Fit s0^2 and d0 to the variances of the genes of each comparison, by moments of logarithms.

    With s_g^2 | sigma_g^2 ~ sigma_g^2 chi^2_d / d and 1 / sigma_g^2 ~ chi^2_{d0} / (d0 s0^2),
    e_g = log s_g^2 - digamma(d / 2) + log(d / 2) has

        mean e = log s0^2 - digamma(d0 / 2) + log(d0 / 2),
        var e  = trigamma(d / 2) + trigamma(d0 / 2),

    which are solved for d0, then s0^2. Where var e is not larger than trigamma(d / 2), variances
    differ by chance only: d0 = inf and s0^2 = exp(mean e).

    Parameters
    ----------
    variance : (k, g) variances within groups. Genes without any spread (0) have no logarithm and
        are left out, as is NaN.
    df : (k,) residual degrees of freedom, d.
    mask : (k, g) True for genes to use.

    Returns
    -------
    VariancePrior
        (k,) each. NaN and 0 with no gene; with a single one its own variance and inf.

    Notes
    -----
    Cost: O(k g). Source: smyth2004 (section 6.2).
    """
    s2, d = np.atleast_2d(np.asarray(variance, np.float64)), np.atleast_1d(np.asarray(df, float))
    used = (s2 > 0) & np.isfinite(s2) & np.asarray(mask, bool) & (d > 0)[:, None]
    e = np.where(used, np.log(np.where(used, s2, 1.0)), 0.0)
    n = used.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = e.sum(axis=1) / n
    apart = np.where(used, e - centre[:, None], 0.0)
    return prior_of_logs(n, centre, (apart**2).sum(axis=1), d)


def prior_of_logs(
    n: ArrayLike, centre: ArrayLike, squares: ArrayLike, df: ArrayLike
) -> VariancePrior:
    """Fit the prior of `variance_prior` to sums over log variances.

    Parameters
    ----------
    n, centre, squares : (k,) number, mean and sum of squared deviations of log s_g^2.
    df : (k,) residual degrees of freedom, d.

    Notes
    -----
    Cost: O(k). Source: smyth2004 (section 6.2).

    >>> prior = prior_of_logs([3], [0.0], [0.0], [1e9])  # equal variances of 1
    >>> prior.s2.round(6), prior.df
    (array([1.]), array([inf]))
    """
    from scipy.special import digamma, polygamma

    k, half = np.asarray(n, float), np.maximum(np.asarray(df, float), 1e-300) / 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.asarray(squares, float) / (k - 1) - polygamma(1, half)
        mean = np.asarray(centre, float) - digamma(half) + np.log(half)
        d0 = np.where(excess > 0, 2.0 * trigamma_inverse(np.maximum(excess, 1e-12)), np.inf)
        shrunk = np.exp(mean + digamma(d0 / 2.0) - np.log(d0 / 2.0))
    s0 = np.where(np.isinf(d0), np.exp(mean), shrunk)
    return VariancePrior(np.where(k > 0, s0, np.nan), np.where(k > 0, d0, 0.0))


def moderated_t(
    mean_a: ArrayLike,
    var_a: ArrayLike,
    n_a: ArrayLike,
    mean_b: ArrayLike,
    var_b: ArrayLike,
    n_b: ArrayLike,
    mask: ArrayLike = True,
    *,
    moderate: bool = True,
) -> ModeratedTest:
    """Compare the means of k conditions with those of a reference, with the variance of both.

        s_g^2  = ((n_a - 1) var_a + (n_b - 1) var_b) / d,        d = n_a + n_b - 2,
        s~_g^2 = (d0 s0^2 + d s_g^2) / (d0 + d),
        t_g    = (mean_a - mean_b) / (s~_g sqrt(1 / n_a + 1 / n_b)),   df = d0 + d,

    d0 and s0^2 from `variance_prior`, over the genes of each condition; df is at most what all
    genes have together. Without `moderate`, d0 = 0: Student's test with a pooled variance.

    Good where one group is small: its own variance is hardly known, and is 0 where it did not
    catch a single count, while the pooled one is not. Fails where spreads really differ between the
    groups (Welch does not), and, as any t test of means, for genes that hardly any observation
    expresses: with an expected count of less than about one in the smaller group, the sum is far
    from normal and large values come too often. Moderation matters below about 20 observations in
    all; beside hundreds of controls it changes nothing.

    Parameters
    ----------
    mean_a, var_a : (k, g) moments of the conditions (ddof = 1).
    n_a : (k,) or (k, 1) observations.
    mean_b, var_b : (g,) or (k, g) moments of `n_b` reference observations, a number or (k,).
    mask : (k, g) True for genes whose variances make the prior.

    Returns
    -------
    ModeratedTest
        NaN where a group has fewer than two observations, or for NaN among the moments. Where a
        gene has no spread at all (to the rounding of its means) and none is lent to it: p = 1,
        t = 0 for equal means, else NaN.

    Notes
    -----
    Cost: O(k g). Source: smyth2004.

    >>> found = moderated_t([[1.0, 0.0]], [[1.0, 4.0]], [5], [0.0, 0.0], [1.0, 4.0], 5)
    >>> bool(found.t[0, 0] < 1.58 < found.t[0, 0] * 1.5)  # plain t is 1.58
    True
    """
    from scipy.special import stdtr

    m_a, v_a = np.atleast_2d(np.asarray(mean_a, float)), np.atleast_2d(np.asarray(var_a, float))
    k_a = np.asarray(n_a, np.float64).reshape(-1, 1)
    k_b = np.asarray(n_b, np.float64).reshape(-1, 1)
    m_b, v_b = np.asarray(mean_b, float), np.asarray(var_b, float)
    d = k_a + k_b - 2.0
    s2 = np.broadcast_to(pooled_variance(v_a, k_a, v_b, k_b), m_a.shape)
    known = np.isfinite(v_a + v_b + m_a + m_b) & (k_a >= 2) & (k_b >= 2)
    if moderate:
        prior = variance_prior(
            np.where(known, s2, np.nan), np.broadcast_to(d, (len(m_a), 1))[:, 0], mask
        )
    else:
        prior = VariancePrior(*np.zeros((2, len(m_a))))
    s0, d0 = np.nan_to_num(prior.s2)[:, None], prior.df[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        shrunk = np.where(np.isinf(d0), s0, (d0 * s0 + d * s2) / (d0 + d))
        t = np.asarray((m_a - m_b) / np.sqrt(shrunk * (1.0 / k_a + 1.0 / k_b)))
        df = np.minimum(d0 + d, (d * known.sum(axis=1, keepdims=True)))
    floor = ROUNDING * np.maximum(np.abs(m_a), np.abs(m_b))
    with np.errstate(divide="ignore"):  # an empty group is no test, see below
        none = np.sqrt(np.maximum(shrunk, 0.0) * (1.0 / k_a + 1.0 / k_b)) <= floor
    t[none] = np.where(np.abs(m_a - m_b) <= floor, 0.0, np.nan)[none]
    p = np.asarray(2.0 * stdtr(np.broadcast_to(df, t.shape), -np.abs(t)))
    p[none] = 1.0
    t[~known], p[~known] = np.nan, np.nan
    return ModeratedTest(t, p, np.where(known, df, np.nan), prior)
