"""Per gene: distances between two populations that look at one gene at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["gaussian_kl", "ks", "sorted_rows", "t_distance", "wasserstein"]

Floats = NDArray[np.float64]
Values = NDArray[Any]


def sorted_rows(X: Values) -> Floats:
    """(g, n) values of every gene in ascending order, from cells by genes (n, g); NaN last."""
    rows = np.array(np.asarray(X).T, dtype=np.float64, order="C")
    rows.sort(axis=1)
    return rows


def wasserstein(X: Values, Y: Values, *, power: int = 1, is_sorted: bool = False) -> Floats:
    """Measure how far values have to be moved, gene by gene.

        W_p^p = integral over t in (0, 1) of |F_x^-1(t) - F_y^-1(t)|^p

    with the quantile functions of the two samples. In the units of the values for p = 1. Sees
    every difference between two distributions of one gene, none between genes that vary together
    and genes that do not. It is too large by chance, the more so the fewer cells there are.

    Parameters
    ----------
    X, Y : (n, g) and (m, g) cells by genes; or, where `is_sorted`, (g, n) and (g, m) as
        `sorted_rows` gives them.
    power : p, 1 or 2; for 2 the integral is returned without its root.

    Returns
    -------
    (g,) distances; NaN without cells, and for genes with a NaN.

    Notes
    -----
    Cost: O(g (n log n + m log m)). Source: peyre2019.

    >>> wasserstein(np.array([[0.0], [2.0]]), np.array([[1.0], [1.0], [1.0]]))
    array([1.])
    """
    A, B = (X, Y) if is_sorted else (sorted_rows(X), sorted_rows(Y))
    out = np.full(len(A), np.nan)
    if power not in (1, 2):
        raise ValueError(f"power is {power}, not 1 or 2")
    if A.shape[1] and B.shape[1]:
        from foretell.stats.distances.merging import merge_quantiles

        merge_quantiles(A, B, power, out)
    return out


def ks(X: Values, Y: Values, *, is_sorted: bool = False) -> Floats:
    """Return the largest difference between the distribution functions, gene by gene, in [0, 1].

    Blind to how far values have moved once they no longer overlap.

    Parameters
    ----------
    X, Y : as for `wasserstein`.

    Returns
    -------
    (g,) Kolmogorov-Smirnov statistics; NaN without cells, and for genes with a NaN.

    Notes
    -----
    Cost: O(g (n log n + m log m)). Source: hodges1958.

    >>> ks(np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]]))
    array([0.5])
    """
    A, B = (X, Y) if is_sorted else (sorted_rows(X), sorted_rows(Y))
    out = np.full(len(A), np.nan)
    if A.shape[1] and B.shape[1]:
        from foretell.stats.distances.merging import merge_steps

        merge_steps(A, B, out)
    return out


def gaussian_kl(
    mean_x: Values, var_x: Values, mean_y: Values, var_y: Values, floor: float | Values = 0.0
) -> Floats:
    """Return the symmetric Kullback-Leibler divergence of two normal distributions, by gene.

        J = KL(x | y) + KL(y | x) = ((v_x + d^2) / v_y + (v_y + d^2) / v_x) / 2 - 1,

    d = mean_x - mean_y. A normal distribution is a poor picture of counts with many zeros.

    Parameters
    ----------
    mean_x, var_x, mean_y, var_y : means and variances, of one shape.
    floor : added to both variances, a number or of their shape, so that a gene that never varies
        can be compared.

    Returns
    -------
    J, shaped likewise; 0 where both are the same single value, infinite where only one varies or
    two single values differ, NaN where a variance is NaN.

    Notes
    -----
    Cost: O(size). Source: kullback1951.

    >>> gaussian_kl(np.array([0.0]), np.array([1.0]), np.array([2.0]), np.array([1.0]))
    array([4.])
    """
    d2 = (np.asarray(mean_x, np.float64) - mean_y) ** 2
    v_x, v_y = np.asarray(var_x, np.float64) + floor, np.asarray(var_y, np.float64) + floor
    with np.errstate(divide="ignore", invalid="ignore"):
        J = ((v_x + d2) / v_y + (v_y + d2) / v_x) / 2.0 - 1.0
    alike = (v_x == 0) & (v_y == 0)
    return np.where(alike, np.where(d2 > 0, np.inf, 0.0), np.where(v_x * v_y == 0, np.inf, J))


def t_distance(
    mean_x: Values,
    var_x: Values,
    n: Any,
    mean_y: Values,
    var_y: Values,
    m: Any,
    floor: float | Values = 0.0,
) -> Floats:
    """Return |t| of Welch, gene by gene: how many standard errors two means are apart.

    It grows with the number of cells, so it compares answers on the same cells, not conditions.

    Parameters
    ----------
    mean_x, var_x, mean_y, var_y : means and unbiased variances, of one shape.
    n, m : cells.
    floor : added to both variances.

    Returns
    -------
    |t|; 0 where nothing varies and the means are the same, infinite where they are not, NaN where
    a variance is NaN.

    Notes
    -----
    Cost: O(size). Source: welch1947.

    >>> t_distance(np.array([1.0]), np.array([2.0]), 4, np.array([0.0]), np.array([2.0]), 4)
    array([1.])
    """
    d = np.abs(np.asarray(mean_x, np.float64) - mean_y)
    se = np.sqrt((np.asarray(var_x, np.float64) + floor) / n + (var_y + floor) / m)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((se == 0) & (d == 0), 0.0, d / se)
