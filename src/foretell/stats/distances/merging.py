"""Merging: one walk along two sorted samples, compiled on first use; for every gene in turn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["merge_quantiles", "merge_steps"]

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}


@njit(**OPTIONS)
def merge_quantiles(X: NDArray[Any], Y: NDArray[Any], power: int, out: NDArray[Any]) -> None:
    """Fill `out` (g,) with the integral of |quantile of x - quantile of y|^power.

    X (g, n) and Y (g, m) are sorted along their rows.
    """
    n, m = X.shape[1], Y.shape[1]
    for g in range(len(X)):
        i, j, reached, total = 0, 0, 0, 0.0
        while i < n and j < m:
            # levels are counted in units of 1 / (n m), so that they meet exactly
            upto = min((i + 1) * m, (j + 1) * n)
            apart = abs(X[g, i] - Y[g, j])
            total += (upto - reached) * (apart if power == 1 else apart * apart)
            reached = upto
            if upto == (i + 1) * m:
                i += 1
            if upto == (j + 1) * n:
                j += 1
        out[g] = total / (float(n) * float(m))


@njit(**OPTIONS)
def merge_steps(X: NDArray[Any], Y: NDArray[Any], out: NDArray[Any]) -> None:
    """Fill `out` (g,) with the largest difference between two distribution functions.

    X (g, n) and Y (g, m) are sorted along their rows; NaN, if any, stand last.
    """
    n, m = X.shape[1], Y.shape[1]
    for g in range(len(X)):
        if np.isnan(X[g, n - 1]) or np.isnan(Y[g, m - 1]):
            out[g] = np.nan
            continue
        i, j, largest = 0, 0, 0
        while i < n and j < m:
            value = min(X[g, i], Y[g, j])
            while i < n and X[g, i] == value:
                i += 1
            while j < m and Y[g, j] == value:
                j += 1
            largest = max(largest, abs(i * m - j * n))
        out[g] = largest / (float(n) * float(m))
