"""Correlation: how alike the directions of two vectors are, over the genes that count."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "cosine_distance_rows",
    "cosine_distances",
    "is_flat",
    "manhattan_distances",
    "pearson_rows",
    "without_direction",
]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

TOLERANCE = 1e-12  # spread below this part of the size of the values is rounding
COLUMNS = 256  # of a tile: 200 rows of it (400 kB) stay in the cache of a core
BLOCK_VALUES = 2**20  # rows are compared in blocks of about this many values (8 MB)


def pearson_rows(a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None) -> tuple[Floats, Mask]:
    """Correlate each row of `a` with the same row of `b` (Pearson).

    Parameters
    ----------
    a, b : (n, g) values; NaN only where the mask is False.
    mask : (g,) or (n, g) True for the genes that count; None = all.

    Returns
    -------
    r : (n,) correlation in [-1, 1]; NaN where it is not defined.
    valid : (n,) False where it is not defined: one side is constant to rounding (its standard
        deviation is below 1e-12 of its root mean square), fewer than two genes count, or a
        counted value is not finite.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Two passes, so accurate where the mean is large. Cost: O(n g).

    >>> pearson_rows([[1.0, 2.0, 4.0], [1.0, 1.0, 1.0]], [[0.0, 2.0, 6.0], [0.0, 1.0, 2.0]])
    (array([ 1., nan]), array([ True, False]))
    """
    return _compare_rows(a, b, mask, center=True)


def cosine_distance_rows(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None
) -> tuple[Floats, Mask]:
    """Return 1 - cosine of the angle between each row of `a` and the same row of `b`.

    Parameters
    ----------
    a, b : (n, g) values; NaN only where the mask is False.
    mask : (g,) or (n, g) True for the genes that count; None = all.

    Returns
    -------
    distance : (n,) in [0, 2]; NaN where it is not defined.
    valid : (n,) False where it is not defined: a row is 0 or not finite, or no gene counts.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Cost: O(n g).

    >>> cosine_distance_rows([[1.0, 0.0], [0.0, 0.0]], [[0.0, 2.0], [1.0, 1.0]])
    (array([ 1., nan]), array([ True, False]))
    """
    cosine, valid = _compare_rows(a, b, mask, center=False)
    return 1.0 - cosine, valid


def cosine_distances(a: ArrayLike, B: ArrayLike, mask: ArrayLike | None = None) -> Floats:
    """Return 1 - cosine of the angle between every row of `a` and every row of `B`.

    Made for ranking: a row of zeros has no direction and stands at distance 1 (a right angle)
    from all, so that a prediction of zero ties with everything and ranks at chance.

    Parameters
    ----------
    a : (n, g) values, or (g,) for one vector; NaN only where the mask is False.
    B : (m, g) values, finite where the mask is True.
    mask : (g,), or (n, g) with the genes that count in all distances *from* a row of `a`.

    Returns
    -------
    ndarray
        (n, m) distances in [0, 2], or (m,) for one vector; NaN where a row is not finite.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Cost: O(n m g), twice that with a mask of (n, g).

    >>> cosine_distances([1.0, 0.0], [[2.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    array([0., 1., 1.])
    """
    first, B = np.asarray(a, np.float64), np.asarray(B, np.float64)
    rows = np.atleast_2d(first)
    if B.ndim != 2 or rows.ndim != 2 or rows.shape[1] != B.shape[1]:
        raise ValueError(f"rows of {first.shape} and {B.shape} cannot be compared")
    keep = np.atleast_2d(np.ones(rows.shape[1], bool) if mask is None else np.asarray(mask, bool))
    if keep.shape not in {(1, rows.shape[1]), rows.shape}:
        raise ValueError(f"a mask of {keep.shape} does not fit rows of {rows.shape}")
    A = np.where(keep, rows, 0.0)
    is_known = np.isfinite(B)
    B = np.where(is_known, B, 0.0)
    weights = keep.astype(np.float64)  # (1, g) or (n, g)
    sizes = np.linalg.norm(A, axis=1)[:, None] * np.sqrt(weights @ (B**2).T)
    dots = A @ B.T
    cosine = np.divide(dots, sizes, out=np.zeros_like(dots), where=sizes != 0)
    distance = 1.0 - np.clip(cosine, -1.0, 1.0)
    if not is_known.all():
        distance[np.broadcast_to(weights @ (~is_known).T > 0, distance.shape)] = np.nan
    return distance if first.ndim == 2 else np.asarray(distance[0])


def manhattan_distances(a: ArrayLike, B: ArrayLike) -> Floats:
    """Return the sum of absolute differences between every row of `a` and every row of `B`.

    Parameters
    ----------
    a, B : (n, g) and (m, g) values.

    Returns
    -------
    (n, m) distances; NaN where a row is not finite.

    Raises
    ------
    ValueError
        If the numbers of columns differ.

    Notes
    -----
    Compiled on first use, in tiles that stay in cache. Cost: O(n m g).

    >>> manhattan_distances([[1.0, 2.0]], [[1.0, 2.0], [0.0, 4.0]])
    array([[0., 3.]])
    """
    A, C = (np.ascontiguousarray(x, dtype=np.float64) for x in (a, B))
    if A.ndim != 2 or C.ndim != 2 or A.shape[1] != C.shape[1]:
        raise ValueError(f"rows of {A.shape} and {C.shape} cannot be compared")
    distances = np.zeros((len(A), len(C)))
    _compiled()(A, C, distances)
    return distances


@cache
def _compiled() -> Callable[..., None]:
    """Compile the loop on first use (kept on disk after that)."""
    from numba import njit

    # sums may be re-ordered, which lets the processor add several numbers at once; NaN stays NaN
    compiled: Callable[..., None] = njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})(_add)
    return compiled


def _add(A: Floats, B: Floats, distances: Floats) -> None:
    """Add absolute differences tile by tile, four rows of B at once; written for compilation."""
    n, m, g = len(A), len(B), A.shape[1]
    for start in range(0, g, COLUMNS):
        end = min(start + COLUMNS, g)
        for i in range(n):
            a = A[i, start:end]
            for j in range(0, m - 3, 4):
                b0, b1 = B[j, start:end], B[j + 1, start:end]
                b2, b3 = B[j + 2, start:end], B[j + 3, start:end]
                t0, t1, t2, t3 = 0.0, 0.0, 0.0, 0.0
                for k in range(end - start):
                    t0 += abs(a[k] - b0[k])
                    t1 += abs(a[k] - b1[k])
                    t2 += abs(a[k] - b2[k])
                    t3 += abs(a[k] - b3[k])
                distances[i, j] += t0
                distances[i, j + 1] += t1
                distances[i, j + 2] += t2
                distances[i, j + 3] += t3
            for j in range(m - m % 4, m):
                b0 = B[j, start:end]
                t0 = 0.0
                for k in range(end - start):
                    t0 += abs(a[k] - b0[k])
                distances[i, j] += t0


def without_direction(values: Floats, direction: Floats) -> tuple[Floats, Mask]:
    """Project a direction of each row out of the values of that row.

    Parameters
    ----------
    values, direction : (n, g), centred or not; a direction of 0 takes nothing out.

    Returns
    -------
    rest : (n, g) values orthogonal to the direction.
    is_lost : (n,) True where nothing but rounding is left.

    Notes
    -----
    Cost: O(n g).

    >>> rest, lost = without_direction(np.array([[3.0, 4.0]]), np.array([[2.0, 0.0]]))
    >>> rest, lost
    (array([[0., 4.]]), array([False]))
    """
    size = np.einsum("ij,ij->i", direction, direction)
    along = np.einsum("ij,ij->i", values, direction) / np.where(size > 0, size, 1.0)
    rest: Floats = values - along[:, None] * direction
    before, after = (np.einsum("ij,ij->i", x, x) for x in (values, rest))
    return rest, np.asarray(after <= (1e-10) ** 2 * before)


def _keep(mask: ArrayLike | None, shape: tuple[int, ...]) -> Mask:
    """Return the mask in full."""
    return np.broadcast_to(np.True_ if mask is None else np.asarray(mask, dtype=bool), shape)


def _compare_rows(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None, *, center: bool
) -> tuple[Floats, Mask]:
    """Return the (n,) cosine of the rows, centred or not, and where it is defined."""
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"rows of {a.shape} and {b.shape} cannot be compared")
    keep = _keep(mask, a.shape)
    cosine = np.empty(a.shape[0])
    step = max(1, BLOCK_VALUES // max(a.shape[1], 1))
    for start in range(0, a.shape[0], step):
        at = slice(start, start + step)
        units = (_unit(x[at], keep[at], center) for x in (a, b))
        cosine[at] = np.einsum("ij,ij->i", *units)
    return np.clip(cosine, -1.0, 1.0), np.isfinite(cosine)


def _unit(x: NDArray[Any], keep: Mask, center: bool) -> Floats:
    """Return the rows of x (n, g) scaled to length 1; a row of NaN where that is not possible."""
    x = np.where(keep, x, 0.0).astype(np.float64)
    smallest = np.zeros(len(x))
    if center:
        smallest = TOLERANCE * np.linalg.norm(x, axis=1)
        mean = x.sum(axis=1) / np.maximum(keep.sum(axis=1), 1)
        x -= np.where(keep, mean[:, None], 0.0)
    length = np.linalg.norm(x, axis=1)
    is_defined = (length > smallest) & np.isfinite(length)
    x /= np.where(is_defined, length, np.nan)[:, None]
    return x


def is_flat(values: Floats, mask: Mask, size: float) -> Mask:
    """Return (n,) True for rows (n, g) that are constant to rounding where the mask is True.

    `size` is the magnitude of the numbers that `values` are differences of: their rounding, not
    that of the differences, is what can look like a signal.
    """
    low = np.where(mask, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(mask, values, -np.inf).max(axis=1, initial=-np.inf)
    flat: Mask = high - low <= 1e-10 * max(size, 1e-300)
    return flat
