"""Spread: how errors grow with the size of what is predicted, and what of them is sampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["fit_spread", "noise_ratio"]

Floats = NDArray[np.float64]

FLOOR = 1e-3  # of the mean squared error: no band shrinks to nothing at strength 0


def fit_spread(strength: ArrayLike, error: ArrayLike) -> tuple[float, float]:
    """Fit the mean squared error as a + b strength^2 with a > 0, b >= 0.

    Least squares on squares, weighted by 1 / fit^2 in four rounds, as for errors whose spread is
    proportional to their mean.

    Parameters
    ----------
    strength : (n,) >= 0.
    error : (n,) root mean squared errors, in units of a typical one; NaN rows are left out.

    Returns
    -------
    a, b
        (1, 0) without any row.

    Notes
    -----
    Cost: O(n). Source: lei2018 (locally weighted residuals).

    >>> s = np.array([0.0, 1.0, 2.0, 3.0])
    >>> a, b = fit_spread(s, np.sqrt(1 + 2 * s**2))
    >>> round(a, 6), round(b, 6)
    (1.0, 2.0)
    """
    x, y = np.asarray(strength, dtype=np.float64) ** 2, np.asarray(error, dtype=np.float64) ** 2
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    if not len(y) or y.mean() == 0:
        return 1.0, 0.0
    floor = FLOOR * float(y.mean())
    a, b = float(y.mean()), 0.0
    for _ in range(4):
        a, b = _line(x, y, 1.0 / (a + b * x) ** 2, floor)
    return a, b


def _line(x: Floats, y: Floats, w: Floats, floor: float) -> tuple[float, float]:
    """Return the weighted least squares line with intercept >= floor and slope >= 0."""
    w = w / w.sum()
    x_mean, y_mean = float(w @ x), float(w @ y)
    variance = float(w @ (x - x_mean) ** 2)
    b = float(w @ ((x - x_mean) * (y - y_mean))) / variance if variance > 0 else 0.0
    a = y_mean - b * x_mean
    if b < 0:
        return max(y_mean, floor), 0.0
    if a < floor:
        return floor, max(float(w @ (x * (y - floor))) / float(w @ x**2), 0.0)
    return a, b


def noise_ratio(error: ArrayLike, noise: ArrayLike) -> NDArray[np.float64]:
    """Return by how much a quantile of errors shrinks when sampling noise is taken out.

    With M the mean over rows of error^2, N that of the noise variance, and se the standard
    error of M, sqrt((M - N + se) / M), cut to [0, 1].

    The ratio turns quantiles of |measured mean - prediction| into those of |population mean -
    prediction| where both have one shape (normal errors, normal noise), for many rows; the
    standard error keeps it on the wide side before that. It is not a finite-sample guarantee.

    Parameters
    ----------
    error : (n, g) residuals of measured means, divided by their spread; NaN = not measured.
    noise : (n, g) sampling variance of the measured means (variance / observations), divided by
        the squared spread.

    Returns
    -------
    (g,) ratios; 1 where nothing was measured.

    Notes
    -----
    Cost: O(n g). Source: the variance of a sum of independent terms.

    >>> noise_ratio(np.full((4, 1), 2.0), np.full((4, 1), 3.0))
    array([0.5])
    """
    r = np.asarray(error, dtype=np.float64)
    v = np.asarray(noise, dtype=np.float64)
    known = ~np.isnan(r) & ~np.isnan(v)
    n = np.maximum(known.sum(axis=0), 1)
    squares = np.where(known, r, 0.0) ** 2
    M, N = squares.sum(axis=0) / n, np.where(known, v, 0.0).sum(axis=0) / n
    spread = np.where(known, squares - M, 0.0)
    se = np.sqrt((spread**2).sum(axis=0) / np.maximum(n - 1, 1) / n)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip((M - N + se) / M, 0.0, 1.0)
    return np.sqrt(np.where(M > 0, share, 1.0))
