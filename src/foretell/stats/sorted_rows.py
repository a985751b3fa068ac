"""Sorted rows: the values of every row from the largest to the smallest, sorted once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.once import once
from foretell.stats.selection import Selection

__all__ = ["SortedRows", "sort_rows"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int32]

BITS = 11  # of a key that are sorted by in one pass; six passes make 64
BUCKETS = 1 << BITS
PASSES = 6
SIGN = np.uint64(1) << np.uint64(63)


@dataclass(frozen=True, eq=False)
class SortedRows:
    """Rows (n, g) in falling order; what does not count stands last.

    Parameters
    ----------
    columns : (n, g) column of the value at each place, largest first.
    place : (n, g) place of each column.
    first, last : (n, g) places of the first and the last value that ties with the one there.
    counted : (n,) values that count; the places from there on mean nothing.
    """

    columns: Places
    place: Places
    first: Places
    last: Places
    counted: NDArray[np.int64]

    @once
    def mid(self) -> Floats:
        """(n, g) rank of each column from 1, the largest, ties at their middle; 0 = not counted."""
        ranks = np.zeros(self.columns.shape)
        _compiled(_middle)(self.columns, self.first, self.last, self.counted, ranks)
        return ranks

    def found(self, selection: Selection) -> NDArray[np.int32]:
        """(n, g) how many selected columns stand up to each place, counted from the largest."""
        there = np.zeros(self.columns.shape, dtype=np.int32)
        there[selection.row, self.place[selection.row, selection.column]] = 1
        return np.cumsum(there, axis=1, dtype=np.int32)

    def ties_of(self, selection: Selection) -> tuple[Places, Places]:
        """(m,) places of the first and the last value that ties with each selected one."""
        place = self.place[selection.row, selection.column]
        return self.first[selection.row, place], self.last[selection.row, place]

    def top(self, k: ArrayLike) -> Selection:
        """Select the k (n,) largest of each row, or all where fewer count.

        Where the k-th ties with others, each of the tied weighs what its share of the places left
        is: its chance to be among the k if ties were broken at random.
        """
        wanted = np.minimum(np.broadcast_to(k, self.counted.shape), self.counted)[:, None]
        row, place = np.nonzero(self.first < wanted)
        first, last = self.first[row, place], self.last[row, place]
        weight = np.minimum((wanted[row, 0] - first) / (last - first + 1), 1.0)
        return Selection(row, self.columns[row, place].astype(np.intp), weight, len(self.columns))

    def share_in_top(self, selection: Selection, k: ArrayLike) -> Floats:
        """(n,) expected share of a selection that is among the k (n,) largest of each row."""
        wanted = np.minimum(np.broadcast_to(k, self.counted.shape), self.counted)
        first, last = self.ties_of(selection)
        inside = np.clip((wanted[selection.row] - first) / (last - first + 1), 0.0, 1.0)
        return selection.mean(inside)

    def auroc(self, selection: Selection) -> Floats:
        """(n,) chance that a selected value is larger than another one, ties counted by half.

        NaN where nothing is selected, or everything that counts.
        """
        first, last = self.ties_of(selection)
        n = selection.size
        below = selection.total(self.counted[selection.row] - 0.5 * (first + last))
        pairs = n * (self.counted - n)
        area: Floats = (below - n * (n + 1) / 2) / np.where(pairs > 0, pairs, np.nan)
        return area


def sort_rows(values: ArrayLike, mask: ArrayLike | None = None) -> SortedRows:
    """Sort every row in falling order.

    Parameters
    ----------
    values : (n, g); NaN only where the mask is False.
    mask : (g,) or (n, g) True for the values that count; None = all.

    Notes
    -----
    A radix sort of the bits of the values, compiled on first use. Equal values tie exactly; -0
    ties with 0. Cost: O(n g).

    >>> rows = sort_rows([[1.0, 3.0, 1.0, 9.0]], [[True, True, True, False]])
    >>> rows.mid
    array([[2.5, 1. , 2.5, 0. ]])
    >>> rows.top(2).weight
    array([1. , 0.5, 0.5])
    """
    X = np.ascontiguousarray(values, dtype=np.float64)
    keep = np.broadcast_to(np.True_ if mask is None else np.asarray(mask, bool), X.shape)
    columns, place, first, last = (np.empty(X.shape, dtype=np.int32) for _ in range(4))
    counted = np.empty(len(X), dtype=np.int64)
    _compiled(_sort)(X, X.view(np.uint64), np.ascontiguousarray(keep), columns, counted)
    _compiled(_tie)(X, columns, counted, place, first, last)
    return SortedRows(columns, place, first, last, counted)


@cache
def _compiled(loop: Callable[..., None]) -> Callable[..., None]:
    """Compile a loop on first use (kept on disk after that)."""
    from numba import njit

    compiled: Callable[..., None] = njit(cache=True, nogil=True)(loop)
    return compiled


def _middle(
    columns: Places, first: Places, last: Places, counted: NDArray[np.int64], ranks: Floats
) -> None:
    """Write the middle of each tie to its columns; written for compilation."""
    for i in range(len(columns)):
        for p in range(counted[i]):
            ranks[i, columns[i, p]] = 0.5 * (first[i, p] + last[i, p]) + 1.0


def _sort(
    X: Floats,
    bits: NDArray[np.uint64],
    keep: Mask,
    columns: Places,
    counted: NDArray[np.int64],
) -> None:
    """Sort rows by rising keys; written for compilation, hence the plain loops."""
    n, g = X.shape
    keys: Any = np.empty((2, g), dtype=np.uint64)
    at: Any = np.empty((2, g), dtype=np.int32)
    starts: Any = np.empty((PASSES, BUCKETS), dtype=np.int32)
    low = np.uint64(BUCKETS - 1)
    for i in range(n):
        starts[:] = 0
        k: Any = 0
        end: Any = g
        for j in range(g):
            if not keep[i, j]:
                end -= 1
                columns[i, end] = j
                continue
            key = bits[i, j] if X[i, j] != 0.0 else np.uint64(0)  # -0 is 0
            key = key if key & SIGN else ~(key | SIGN)  # rises where the value falls
            keys[0, k] = key
            at[0, k] = j
            k += 1
            for d in range(PASSES):
                starts[d, (key >> np.uint64(BITS * d)) & low] += 1
        counted[i] = k
        source = 0
        for d in range(PASSES):
            total, largest = 0, 0
            for b in range(BUCKETS):
                here = starts[d, b]
                largest = max(largest, here)
                starts[d, b] = total
                total += here
            if largest == k:  # one bucket: nothing to do
                continue
            shift = np.uint64(BITS * d)
            for p in range(k):
                key = keys[source, p]
                bucket = np.int64((key >> shift) & low)
                to = starts[d, bucket]
                starts[d, bucket] = to + 1
                keys[1 - source, to] = key
                at[1 - source, to] = at[source, p]
            source = 1 - source
        for p in range(k):
            columns[i, p] = at[source, p]


def _tie(
    X: Floats,
    columns: Places,
    counted: NDArray[np.int64],
    place: Places,
    first: Places,
    last: Places,
) -> None:
    """Find where each run of equal values begins and ends; written for compilation."""
    n, g = columns.shape
    for i in range(n):
        k: Any = counted[i]
        begin: Any = 0
        for p in range(g):
            place[i, columns[i, p]] = p
            if p and X[i, columns[i, p]] != X[i, columns[i, p - 1]]:
                begin = p
            first[i, p] = begin if p < k else k
        end: Any = g - 1
        for p in range(g - 1, -1, -1):
            if first[i, p] != first[i, end]:
                end = p
            last[i, p] = end
