"""Differences: rows less a reference, with their extremes, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Differences", "differences"]

Floats = NDArray[np.float64]


class Differences(NamedTuple):
    """Rows (n, g) less a reference.

    Parameters
    ----------
    values : (n, g); 0 where the mask is False.
    counted : (n,) values that count.
    low, high : (n,) smallest and largest of them; inf and -inf where none counts.
    is_finite : (n,) False where one of them is no finite number.
    """

    values: Floats
    counted: NDArray[np.int64]
    low: Floats
    high: Floats
    is_finite: NDArray[np.bool_]


def differences(X: ArrayLike, reference: ArrayLike | None, mask: ArrayLike) -> Differences:
    """Subtract a reference from every row, and look at what counts.

    Parameters
    ----------
    X : (n, g) values.
    reference : (g,) or None, which subtracts nothing.
    mask : (n, g) True for the values that count. The others may be anything.

    Returns
    -------
    Differences
        `low` and `high` are of the numbers only: NaN is left out.

    Notes
    -----
    Compiled on first use. Cost: O(n g).

    >>> found = differences([[1.0, 5.0, 3.0]], [1.0, 1.0, 1.0], [[True, False, True]])
    >>> found.values, found.low, found.high
    (array([[0., 0., 2.]]), array([0.]), array([2.]))
    """
    rows = np.ascontiguousarray(X, dtype=np.float64)
    minus = np.zeros(rows.shape[1]) if reference is None else np.ascontiguousarray(reference, float)
    keep = np.ascontiguousarray(mask, dtype=bool)
    n = len(rows)
    found = Differences(
        np.empty(rows.shape), np.empty(n, np.int64), np.empty(n), np.empty(n), np.empty(n, bool)
    )
    _compiled()(rows, minus, keep, *found)
    return found


@cache
def _compiled() -> Callable[..., None]:
    """Compile the loop on first use (kept on disk after that)."""
    from numba import njit

    compiled: Callable[..., None] = njit(cache=True, nogil=True)(_subtract)
    return compiled


def _subtract(
    rows: Floats,
    minus: Floats,
    keep: NDArray[np.bool_],
    values: Floats,
    counted: NDArray[np.int64],
    low: Floats,
    high: Floats,
    is_finite: NDArray[np.bool_],
) -> None:
    """Subtract row by row; written for compilation, hence the plain loops."""
    for i in range(len(rows)):
        k: Any = 0
        smallest, largest, rest = np.inf, -np.inf, 0.0
        for j in range(rows.shape[1]):
            if not keep[i, j]:
                values[i, j] = 0.0
                continue
            x = rows[i, j] - minus[j]
            values[i, j] = x
            k += 1
            smallest = x if x < smallest else smallest
            largest = x if x > largest else largest
            rest += 0.0 * x  # NaN after the first number that is not finite
        counted[i], low[i], high[i], is_finite[i] = k, smallest, largest, rest == 0.0
