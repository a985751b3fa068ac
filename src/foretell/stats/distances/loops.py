"""Loops over pairs of points, compiled on first use and kept on disk after that.

Imported only where a distance is computed, since the compiler is heavy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["add_pairs", "add_rows", "fill"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Points = NDArray[Any]

TILE_VALUES = 2**14  # coordinates that stay in the nearest caches while rows pass over them
HALVINGS = 4096.0  # 2^12, of the argument of the exponential
# sums may be reordered to fill wide registers; NaN and infinity keep their meaning
OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "nsz"},
}


@njit(**OPTIONS)
def _squares(x: Points, YT: Points, start: int, acc: Points) -> None:
    """Fill `acc` with |x - y|^2 for the columns of YT from `start` on."""
    d, width = len(x), len(acc)
    acc[:] = 0
    k = 0
    stop = start + width
    while k + 8 <= d:  # eight coordinates per pass: `acc` is read and written an eighth as often
        x0, x1, x2, x3 = x[k], x[k + 1], x[k + 2], x[k + 3]
        x4, x5, x6, x7 = x[k + 4], x[k + 5], x[k + 6], x[k + 7]
        # one name per row: sliced twice, the compiler cannot see that rows do not overlap
        y0, y1, y2 = YT[k, start:stop], YT[k + 1, start:stop], YT[k + 2, start:stop]
        y3, y4, y5 = YT[k + 3, start:stop], YT[k + 4, start:stop], YT[k + 5, start:stop]
        y6, y7 = YT[k + 6, start:stop], YT[k + 7, start:stop]
        for j in range(width):
            a, b, c, e = x0 - y0[j], x1 - y1[j], x2 - y2[j], x3 - y3[j]
            f, g, h, i = x4 - y4[j], x5 - y5[j], x6 - y6[j], x7 - y7[j]
            acc[j] += (a * a + b * b) + (c * c + e * e) + ((f * f + g * g) + (h * h + i * i))
        k += 8
    while k < d:
        x0, y0 = x[k], YT[k, start:stop]
        for j in range(width):
            a = x0 - y0[j]
            acc[j] += a * a
        k += 1


@njit(**OPTIONS)
def _reduced(acc: Points, kind: int, gammas: Floats) -> float:
    """Sum f over squared distances."""
    total = 0.0
    if kind == 0:
        for j in range(len(acc)):
            total += np.sqrt(acc[j])
    elif kind == 1:
        for j in range(len(acc)):
            total += acc[j]
    else:
        for q in range(len(gammas)):
            small = -gammas[q] / HALVINGS
            for j in range(len(acc)):
                total += _exponential(small * acc[j])
    return total


@njit(**OPTIONS)
def _exponential(t: float) -> float:
    """exp(4096 t) for t <= 0, without a branch or a table: wide registers can do it.

    Taylor's series of exp(t), |t| <= 0.17, squared twelve times; right to about 4e-13.
    """
    t = -0.17 if t < -0.17 else t  # below is 0 for every purpose
    e = 1.0 + t / 7.0 * (1.0 + t / 8.0 * (1.0 + t / 9.0 * (1.0 + t / 10.0)))
    e = 1.0 + t / 3.0 * (1.0 + t / 4.0 * (1.0 + t / 5.0 * (1.0 + t / 6.0 * e)))
    e = 1.0 + t * (1.0 + t / 2.0 * e)
    for _ in range(12):
        e *= e
    return e


@njit(**OPTIONS)
def _tile(d: int) -> int:
    return max(32, min(256, TILE_VALUES // max(d, 1)))


@njit(**OPTIONS)
def add_pairs(X: Points, YT: Points, pieces: Ints, kind: int, gammas: Floats, out: Floats) -> None:
    """Fill `out` (p,) with the sum of f over every piece: rows a to b with columns c to e."""
    tile = _tile(X.shape[1])
    acc = np.empty(tile, X.dtype)
    for p in range(len(pieces)):
        a, b, c, e = pieces[p]
        total = 0.0
        for start in range(c, e, tile):
            part = acc[: min(tile, e - start)]
            for i in range(a, b):
                _squares(X[i], YT, start, part)
                total += _reduced(part, kind, gammas)
        out[p] = total


@njit(**OPTIONS)
def add_rows(X: Points, YT: Points, out: Floats) -> None:
    """Add to `out` (n,) the sum of the distances from every row to all columns."""
    tile = _tile(X.shape[1])
    acc = np.empty(tile, X.dtype)
    nothing = np.empty(0)
    for start in range(0, YT.shape[1], tile):
        part = acc[: min(tile, YT.shape[1] - start)]
        for i in range(len(X)):
            _squares(X[i], YT, start, part)
            out[i] += _reduced(part, 0, nothing)


@njit(**OPTIONS)
def fill(X: Points, YT: Points, squared: bool, out: Points) -> None:
    """Fill `out` (n, m) with distances, or their squares."""
    tile = _tile(X.shape[1])
    for start in range(0, YT.shape[1], tile):
        stop = min(start + tile, YT.shape[1])
        for i in range(len(X)):
            part = out[i, start:stop]
            _squares(X[i], YT, start, part)
            if not squared:
                for j in range(stop - start):
                    part[j] = np.sqrt(part[j])


@njit(**OPTIONS)
def running_sums(P: Points, orders: Ints, out: Floats) -> None:
    """Fill `out` (b, L + 1) with the sum of the distances among the first l points of an order.

    Every pair counts twice.
    """
    L, d = orders.shape[1], P.shape[1]
    tile = _tile(d)
    acc, nothing = np.empty(tile, P.dtype), np.empty(0)
    QT = np.empty((d, L), P.dtype)
    for b in range(len(orders)):
        for i in range(L):
            for k in range(d):
                QT[k, i] = P[orders[b, i], k]
        out[b] = 0.0
        for start in range(0, L, tile):
            for i in range(start + 1, L):
                part = acc[: min(tile, i - start)]
                _squares(P[orders[b, i]], QT, start, part)
                out[b, i + 1] += 2.0 * _reduced(part, 0, nothing)
        for i in range(L):
            out[b, i + 1] += out[b, i]


@njit(**OPTIONS)
def add_chosen(
    xs: Ints,
    k: Ints,
    cs: Ints,
    D_xx: Points,
    D_xc: Points,
    x_rows: Floats,
    c_rows: Floats,
    inside: Floats,
    rows: Floats,
) -> None:
    """Add the distances among the chosen points, controls among themselves left out; row sums."""
    n = len(D_xx)
    for b in range(len(k)):
        stay, total, both = xs[b, : k[b]], 0.0, 0.0
        move = cs[b, : n - k[b]]
        for i in range(len(stay)):
            x = stay[i]
            both += x_rows[x]
            for j in range(i):
                total += D_xx[x, stay[j]]
            for j in range(len(move)):
                total += D_xc[x, move[j]]
        for j in range(len(move)):
            both += c_rows[move[j]]
        inside[b] += 2.0 * total
        rows[b] = both
