"""Collect: the stored values of a range of genes, gene by gene, as words that sort like them.

Only compiled loops; imported when the first test is run. A word holds the sort key of a value in
its upper half and the payload of its row in the lower one. Keys of 64 bits (`wide`) do not fit:
they fill a word of their own, and the payloads an array beside them. Zeros are left out: how many
there are follows from the numbers of rows.

A key is the bit pattern b of a value, changed so that patterns order as the values do:

    key = b ^ (flip | (all ones if b is negative else 0) & spread),

flip the highest bit (nothing for unsigned integers), spread all ones for floating numbers. A value
is 0 where none of the bits of `magnitude` is set (-0 is 0), and NaN where they exceed `largest`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["SKIP", "collect_columns", "collect_dense", "collect_rows", "count_rows"]

SKIP = np.uint32(0xFFFFFFFF)  # payload of a row that no test uses
HALF, NONE, ONE = np.uint64(32), np.uint64(0), np.uint64(1)

compiled = njit(nogil=True, cache=True)


@njit(inline="always")
def _put(
    bits: int,
    code: tuple[Any, ...],
    payload: int,
    words: NDArray[Any],
    payloads: NDArray[Any],
    at: int,
) -> tuple[Any, ...]:
    """Write one value; returns how far to go on (not at all for 0), and whether it is NaN."""
    flip, spread, magnitude, largest, top, wide = code
    b = np.uint64(bits)
    negative = NONE - ((b >> top) & ONE)
    key = b ^ (flip | (negative & spread))
    size = b & magnitude
    if wide:
        words[at] = key
        payloads[at] = payload
    else:
        words[at] = key << HALF | np.uint64(payload)
    return np.int64(size != NONE), size > largest


@compiled
def count_rows(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    payload: NDArray[Any],
    first: int,
    last: int,
    counts: NDArray[Any],
) -> bool:
    """Add the stored values of rows ``first:last`` to the (n_genes,) counts.

    Returns False where the columns of a row are not strictly ascending.
    """
    canonical = True
    for row in range(first, last):
        if payload[row] == SKIP:
            continue
        before = -1
        for p in range(indptr[row], indptr[row + 1]):
            j = indices[p]
            canonical &= j > before
            before = j
            counts[j] += 1
    return canonical


@compiled
def collect_rows(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    bits: NDArray[Any],
    code: tuple[Any, ...],
    payload: NDArray[Any],
    genes: tuple[Any, ...],
    cursor: NDArray[Any],
    words: NDArray[Any],
    payloads: NDArray[Any],
    ends: NDArray[Any],
) -> int:
    """Collect genes ``genes[0]:genes[1]`` of a CSR matrix with ascending columns.

    `cursor` (n_rows,) holds where in each row to begin, and on return where to go on; `ends` where
    each gene starts among the words, and on return where it ends. Returns a gene that holds NaN,
    or -1.
    """
    g0, g1 = genes
    bad = -1
    for row in range(len(payload)):
        pay = payload[row]
        if pay == SKIP:
            continue
        p, stop = cursor[row], indptr[row + 1]
        if p < stop and indices[p] < g0:  # where a thread begins in the middle
            p += np.searchsorted(indices[p:stop], g0)
        while p < stop:
            gene = indices[p]
            if gene >= g1:
                break
            j = gene - g0
            move, is_nan = _put(bits[p], code, pay, words, payloads, ends[j])
            ends[j] += move
            bad = gene if is_nan else bad
            p += 1
        cursor[row] = p
    return bad


@compiled
def collect_columns(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    bits: NDArray[Any],
    code: tuple[Any, ...],
    payload: NDArray[Any],
    genes: tuple[Any, ...],
    cursor: NDArray[Any],  # noqa: ARG001 - all collectors take the same
    words: NDArray[Any],
    payloads: NDArray[Any],
    ends: NDArray[Any],
) -> int:
    """Collect genes of a CSC matrix; as `collect_rows`. Rows may stand in any order."""
    bad = -1
    for gene in range(genes[0], genes[1]):
        at = ends[gene - genes[0]]
        for p in range(indptr[gene], indptr[gene + 1]):
            pay = payload[indices[p]]
            if pay == SKIP:
                continue
            move, is_nan = _put(bits[p], code, pay, words, payloads, at)
            at += move
            bad = gene if is_nan else bad
        ends[gene - genes[0]] = at
    return bad


@compiled
def collect_dense(
    bits: NDArray[Any],
    code: tuple[Any, ...],
    payload: NDArray[Any],
    genes: tuple[Any, ...],
    cursor: NDArray[Any],  # noqa: ARG001 - all collectors take the same
    words: NDArray[Any],
    payloads: NDArray[Any],
    ends: NDArray[Any],
) -> int:
    """Collect genes of a dense matrix; as `collect_rows`."""
    bad = -1
    for row in range(len(payload)):
        pay = payload[row]
        if pay == SKIP:
            continue
        for gene in range(genes[0], genes[1]):
            j = gene - genes[0]
            move, is_nan = _put(bits[row, gene], code, pay, words, payloads, ends[j])
            ends[j] += move
            bad = gene if is_nan else bad
    return bad
