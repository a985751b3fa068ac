"""Kernels: sort the values of a gene once, then scan them once per labelling.

Only compiled loops; imported when the first test is run. They stand in one file because the
compiler's cache looks at the file of the outermost function only.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["solve", "sort_words"]

HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
SMALL = 48  # up to this many words, insertion is faster than counting

Array: TypeAlias = NDArray[Any]
Several: TypeAlias = tuple[Any, ...]  # arrays and numbers that belong together

compiled = njit(nogil=True, cache=True)


@compiled
def _insert(words: Array, n: int) -> None:
    """Sort a few words by insertion."""
    for i in range(1, n):
        word = words[i]
        key, j = word >> HALF, i
        while j > 0 and words[j - 1] >> HALF > key:
            words[j] = words[j - 1]
            j -= 1
        words[j] = word


@compiled
def _bits(words: Array, n: int) -> Several:
    """Return the least key, and from which bit on and in how many bits the keys differ from it."""
    least = most = first = words[0] >> HALF
    differ = np.uint64(0)
    for i in range(n):
        key = words[i] >> HALF
        least, most = min(least, key), max(most, key)
        differ |= key ^ first
    shift, n_bits = np.uint64(0), 0
    while differ and not (differ >> shift) & np.uint64(1):  # all agree modulo 2^shift
        shift += np.uint64(1)
    span = (most - least) >> shift
    while span:
        span >>= np.uint64(1)
        n_bits += 1
    return least, shift, n_bits


@compiled
def _starts(
    words: Array,
    n: int,
    least: int,
    shift: int,
    n_digits: int,
    width: int,
    counts: Array,
) -> None:
    """Count digits, all in one pass, and turn counts into places."""
    size = 1 << width
    step, mask = np.uint64(width), np.uint64(size - 1)
    counts[: n_digits * size] = 0
    for i in range(n):
        key = ((words[i] >> HALF) - least) >> shift
        for d in range(n_digits):
            counts[d * size + np.int64(key & mask)] += 1
            key >>= step
    for d in range(n_digits):
        at = 0
        for k in range(d * size, (d + 1) * size):
            here = counts[k]
            counts[k] = at
            at += here


@compiled
def sort_words(words: Array, spare: Array, n: int, counts: Array) -> Array:
    """Sort words by their upper halves, stably, by digits; returns the array that holds them.

    Digits cover only the bits in which the keys differ: two or three passes for most real values.
    """
    if n <= SMALL:
        _insert(words, n)
        return words
    least, shift, n_bits = _bits(words, n)
    if n_bits == 0:
        return words
    widest = 11 if n > 32768 else 13 if n > 4096 else 8  # counters that stay in the cache
    n_digits = -(-n_bits // widest)
    width = -(-n_bits // n_digits)
    _starts(words, n, least, shift, n_digits, width, counts)
    mask = np.uint64((1 << width) - 1)
    for d in range(n_digits):
        move = shift + np.uint64(width * d)
        for i in range(n):
            word = words[i]
            k = (d << width) + np.int64((((word >> HALF) - least) >> move) & mask)
            spare[counts[k]] = word
            counts[k] += 1
        words, spare = spare, words
    return words


@compiled
def _sort_wide(keys: Array, n: int, words: Array, spare: Array, counts: Array) -> Array:
    """Sort 64-bit keys by their halves; their order stands in the lower halves of the result."""
    for i in range(n):
        words[i] = (keys[i] & LOW) << HALF | np.uint64(i)
    words_sorted = sort_words(words, spare, n, counts)
    other = spare if words_sorted is words else words
    for i in range(n):
        at = words_sorted[i] & LOW
        words_sorted[i] = keys[np.int64(at)] & ~LOW | at
    return sort_words(words_sorted, other, n, counts)


@njit(inline="always")
def _cube(t: int) -> float:
    x = np.float64(t)
    return x * x * x - x


@compiled
def _scan(
    words: Array,
    start: int,
    stop: int,
    below: int,
    table: Array,
    n_groups: int,
    rest: bool,
    scratch: Several,
) -> tuple[int, float]:
    """Scan sorted words run by run; returns the reference values passed, and their tie term.

    Half of the values of a real gene stand in runs of two or three, which no branch predictor
    foresees. So a first sweep has no branches: it takes every value as if the others of its run
    were not there, and notes where runs of two or more begin; a second one completes those.

    `below` counts reference values before the first word. Group `n_groups` is the reference, the
    one behind it is unused; with `rest` every used value belongs to the reference as well. What is
    written for those two is never read.
    """
    two_u, nonzero, _, _, _, tie, runs = scratch
    own = np.int64(rest)
    n_runs, length, first, key = 0, 0, below, np.uint64(0)
    for i in range(start, stop):
        word = words[i]
        g = table[np.int64(word & LOW)]
        is_new = (word >> HALF != key) | (i == start)
        key = word >> HALF
        first = below if is_new else first
        length = 1 if is_new else length + 1
        runs[n_runs] = i - 1
        n_runs += length == 2
        two_u[g] += 2 * first + own
        nonzero[g] += 1
        below += (g == n_groups) | (rest & (g < n_groups))
    base = 0.0
    for k in range(n_runs):
        i = runs[k]
        j = i + 2
        if j == stop or words[j] >> HALF != words[i] >> HALF:
            g, h = table[np.int64(words[i] & LOW)], table[np.int64(words[i + 1] & LOW)]
            c = np.int64((g == n_groups) | (rest & (g < n_groups)))
            d = np.int64((h == n_groups) | (rest & (h < n_groups)))
            two_u[g] += c + d - own
            two_u[h] += c + d - own
            same = 3.0 * (g == h)
            tie[g] += 6.0 * d + same
            tie[h] += 6.0 * c + same
            base += 6.0 * c * d
        else:
            base += _long_run(words, i, stop, table, n_groups, rest, scratch)
    return below, base


@compiled
def _long_run(
    words: Array, i: int, stop: int, table: Array, n_groups: int, rest: bool, scratch: Several
) -> float:
    """Complete a run of three or more; returns the tie term of its reference values."""
    two_u, _, _, count, touched, tie, _ = scratch
    key, j = words[i] >> HALF, i
    a, m = 0, 0
    while j < stop and words[j] >> HALF == key:
        g = table[np.int64(words[j] & LOW)]
        j += 1
        if g > n_groups:
            continue
        if g == n_groups or rest:
            a += 1
        if g < n_groups:
            if count[g] == 0:
                touched[m] = g
                m += 1
            count[g] += 1
    for k in range(m):
        g = touched[k]
        b = count[g]
        two_u[g] += b * (a - np.int64(rest))
        tie[g] += _cube(a + b) - _cube(a)
        count[g] = 0
    return _cube(a)


@njit(inline="always")
def _test(two_u: int, n1: float, n2: float, tie: float) -> tuple[float, float, float]:
    """Return U, signed z and p of the normal approximation, corrected for ties and continuity."""
    n = n1 + n2
    middle = n1 * n2  # twice the mean of U
    apart = np.float64(two_u) - middle
    s = math.sqrt(n1 * n2 / 12 * ((n + 1) - tie / (n * (n - 1))))
    beyond = abs(apart) / 2 - 0.5
    if beyond <= 0.0 or not s > 0.0:
        return two_u / 2, 0.0, 1.0
    z = beyond / s
    return two_u / 2, math.copysign(z, apart), min(1.0, math.erfc(z / math.sqrt(2.0)))


@compiled
def _test_groups(
    words: Array,
    n_words: int,
    n_negative: int,
    groups: Several,
    scratch: Several,
    tests: Several,
    gene: int,
) -> None:
    """Scan one labelling of one gene and write its (n_groups,) tests."""
    table, n, n_control, rest = groups
    two_u, nonzero, negative, count, touched, tie, runs = scratch
    u, z, p = tests
    n_groups = len(n)
    two_u[:] = 0
    nonzero[:] = 0
    tie[:] = 0.0
    work = (table, n_groups, rest, scratch)
    below_zero, low = _scan(words, 0, n_negative, 0, *work)
    negative[:] = nonzero
    below, high = _scan(words, n_negative, n_words, below_zero, *work)
    zeros = n_control - below
    base = low + high + _cube(zeros)
    for g in range(n_groups):
        n1, n2 = np.float64(n[g]), np.float64(n_control)
        b = n[g] - nonzero[g]
        ranks = two_u[g] + b * (2 * below_zero + zeros) + 2 * zeros * (nonzero[g] - negative[g])
        if rest:
            n2 -= n1
            ranks -= n[g] * n[g]  # pairs of the group with itself
            ties = base
        else:
            ties = base + tie[g] + (_cube(zeros + b) - _cube(zeros))
        if n1 > 0 and n2 > 0:
            u[g, gene], z[g, gene], p[g, gene] = _test(ranks, n1, n2, ties)


@compiled
def _merge(words: Array, n: int, keys: Array, payload: int, into: Array) -> int:
    """Join sorted words with the sorted keys of a reference; returns how many there are."""
    i = k = at = 0
    while i < n or k < len(keys):
        if k == len(keys) or (i < n and words[i] >> HALF <= keys[k]):
            into[at] = words[i]
            i += 1
        else:
            into[at] = np.uint64(keys[k]) << HALF | payload
            k += 1
        at += 1
    return at


@compiled
def _rank_wide(
    order: Array,
    n: int,
    wide_keys: Array,
    payloads: Array,
    keys: Array,
    payload: int,
    into: Array,
) -> int:
    """Turn 64-bit keys into ranks that fit half a word, joined with those of a reference."""
    i = k = at = 0
    rank, last = np.uint64(0), np.uint64(0)
    while i < n or k < len(keys):
        mine = i < n and (k == len(keys) or wide_keys[np.int64(order[i] & LOW)] <= keys[k])
        key = wide_keys[np.int64(order[i] & LOW)] if mine else np.uint64(keys[k])
        if at and key != last:
            rank += np.uint64(1)
        own = np.uint64(payloads[np.int64(order[i] & LOW)]) if mine else payload
        into[at] = rank << HALF | own
        last = key
        at += 1
        if mine:
            i += 1
        else:
            k += 1
    return at


@compiled
def solve(
    collected: Several,
    reference: Several,
    labels: Several,
    buffers: Several,
    scratch: Several,
    first: int,
    tests: Several,
) -> None:
    """Sort every collected gene and test all groups of all labellings.

    Parameters
    ----------
    collected : words, payloads, where each gene starts and ends, the key of 0, whether keys have
        64 bits.
    reference : sorted keys, where each gene starts and the last ends, what their rows count as.
    labels : (n_sets, n_payloads) group of every payload; (n_sets, n_groups) and (n_sets,) rows of
        the groups and of what they are compared with; whether that is the rest.
    buffers : two arrays of words as long as the longest gene, and counters.
    scratch : arrays by group, and one as long as the longest gene.
    first : the gene that the first one is.
    tests : u, z, p, (n_sets, n_groups, n_genes) to write.
    """
    words, payloads, starts, ends, zero, wide = collected
    all_keys, key_starts, payload = reference
    table, n, n_control, rest = labels
    one, two, counts = buffers
    u, z, p = tests
    for j in range(len(starts)):
        a, b = starts[j], ends[j]
        k = b - a
        keys = all_keys[key_starts[j] : key_starts[j + 1]]
        if wide:
            n_negative = int(np.searchsorted(keys, zero))
            for i in range(a, b):
                n_negative += words[i] < zero
            order = _sort_wide(words[a:b], k, one, two, counts)
            ranked = two if order is one else one
            m = _rank_wide(order, k, words[a:b], payloads[a:b], keys, payload, ranked)
        else:
            ranked, m = sort_words(words[a:b], one, k, counts), k
            if len(keys):
                m = _merge(ranked, k, keys, payload, two)
                ranked = two
            n_negative = int(np.searchsorted(ranked[:m], zero << HALF))
        for s in range(len(table)):
            groups = (table[s], n[s], n_control[s], rest)
            _test_groups(ranked, m, n_negative, groups, scratch, (u[s], z[s], p[s]), first + j)
