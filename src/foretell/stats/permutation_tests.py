"""Permutation tests: whether each gene differs, by exchanging who was treated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["PermutationTests", "permutation_tests"]

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

BLOCK_VALUES = 2**22  # permuted sums, or random keys, that are in memory at once
ROUNDING = 1e-9  # of a statistic: two sums of the same values are a tie


class PermutationTests(NamedTuple):
    """Result of permutation tests, one per gene.

    Parameters
    ----------
    t : (g,) studentised difference; positive where the treated lie higher.
    p : (g,) two-sided permutation p-values.
    n_permuted : permutations that were made, or all that there are.
    """

    t: Floats
    p: Floats
    n_permuted: int


def permutation_tests(
    treated: Any,
    control: Any,
    draws: int,
    rng: np.random.Generator,
    strata: tuple[ArrayLike, ArrayLike] | None = None,
) -> PermutationTests:
    """Test each gene by permuting who is treated, within strata where given.

        t = (mean_x - mean_y) / sqrt(var_x / n + var_y / m),      p = (1 + b) / (1 + B),

    b of B random permutations having at least the observed |t|. Where there are no more than B
    ways to choose the treated in all, each is taken once and p is the share that is at least as
    large, the observed one among them. All genes see the same permutations.

    Right without any assumption on the distribution: sparse genes and groups of five cells too.
    The studentised difference keeps its level for large groups even where spreads differ. Fails
    where observations are not exchangeable (cells of one sample). With B draws no p-value is below
    1 / (1 + B): genes of a screen need thousands of draws to be called after adjustment.

    Parameters
    ----------
    treated, control : (n, g) and (m, g) observations, dense or CSR; n >= 1, m >= 1, n + m >= 3.
    draws : B >= 1.
    rng : source of randomness.
    strata : ((n,), (m,)) integer codes; a stratum keeps its number of treated.

    Returns
    -------
    PermutationTests
        Where all values of a gene are equal: t = 0, p = 1. NaN among its values: p = NaN. A
        single observation has no spread of its own, and takes the other group's.

    Raises
    ------
    ValueError
        For fewer than one treated, one control or three observations, or no draws.

    Notes
    -----
    Cost: O(B min(n, m) g) time, less for sparse data; memory is blocked.
    Source: phipson2010, chung2013.

    >>> x, y = np.array([[5.0], [6.0]]), np.array([[0.0], [1.0], [2.0]])
    >>> found = permutation_tests(x, y, 999, np.random.default_rng(0))
    >>> found.n_permuted, found.p  # 1 of the 10 ways to choose two of five
    (10, array([0.1]))
    """
    n, m = treated.shape[0], control.shape[0]
    if n < 1 or m < 1 or n + m < 3 or draws < 1:
        raise ValueError(f"cannot test {n} against {m} observations by {draws} draws")
    pool = _pooled(treated, control)
    codes = np.zeros(n + m, np.int64)
    if strata is not None:
        codes = np.concatenate([np.asarray(strata[0]), np.asarray(strata[1])]).astype(np.int64)
    groups = [(np.flatnonzero(codes == s), int((codes[:n] == s).sum())) for s in np.unique(codes)]
    n_ways = math.prod(math.comb(len(at), k) for at, k in groups)
    every = n_ways <= draws
    chosen = _all_subsets(groups) if every else _random_subsets(groups, draws, rng)
    sums, squares = np.asarray(pool.sum(axis=0)).ravel(), _squares(pool)
    observed = _studentised(pool, np.arange(n)[None], sums, squares)[0]
    size = np.abs(observed)
    least = size - ROUNDING * np.where(np.isfinite(size), size, 0.0)
    b, step = np.zeros(len(sums), np.int64), max(1, BLOCK_VALUES // max(len(sums), n))
    for block in chosen:
        for start in range(0, len(block), step):
            found = _studentised(pool, block[start : start + step], sums, squares)
            b += (np.abs(found) >= least).sum(axis=0)
    p = b / n_ways if every else (1.0 + b) / (1.0 + draws)
    return PermutationTests(observed, np.where(np.isnan(observed), np.nan, p), min(draws, n_ways))


def _pooled(treated: Any, control: Any) -> Any:
    """Stack the observations; dense ones are centred, since squares would lose their digits."""
    if hasattr(treated, "tocsr"):
        import scipy.sparse as sp

        return sp.vstack([treated.tocsr(), control.tocsr()], format="csr").astype(np.float64)
    pool = np.vstack([np.asarray(treated, np.float64), np.asarray(control, np.float64)])
    return pool - pool[0]  # equal values become 0 to the last bit


def _squares(pool: Any) -> Floats:
    total = pool.multiply(pool).sum(axis=0) if hasattr(pool, "tocsr") else (pool**2).sum(axis=0)
    return np.asarray(total).ravel()


def _studentised(pool: Any, chosen: Positions, sums: Floats, squares: Floats) -> Floats:
    """(k, g) studentised differences for k choices of the treated, (k, n) positions."""
    from scipy.sparse import csr_matrix

    k, n = chosen.shape
    N = pool.shape[0]
    m = N - n
    pick = csr_matrix((np.ones(k * n), chosen.ravel(), np.arange(0, k * n + 1, n)), shape=(k, N))
    sparse = hasattr(pool, "tocsr")
    a = np.asarray((pick @ pool).todense() if sparse else pick @ pool)
    aa = pick @ pool.multiply(pool).tocsr() if sparse else pick @ pool**2
    aa = np.asarray(aa.todense() if sparse else aa)
    x, y = a / n, (sums - a) / m
    v_x, v_y = _variance(aa, x, n), _variance(squares - aa, y, m)
    v_x, v_y = (v_y, v_y) if n == 1 else (v_x, v_x) if m == 1 else (v_x, v_y)
    difference = x - y
    scale = np.sqrt((aa + (squares - aa)) / N)
    difference = np.where(np.abs(difference) <= ROUNDING * scale, 0.0, difference)
    spread = np.sqrt(v_x / n + v_y / m)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = difference / spread
    none = spread <= 1e-7 * scale
    return np.where(none, np.where(difference == 0, 0.0, np.copysign(np.inf, difference)), t)


def _variance(squares: Floats, mean: Floats, n: int) -> Floats:
    found: Floats = np.maximum(squares - n * mean**2, 0.0) / max(n - 1, 1)
    return found


def _all_subsets(groups: list[tuple[Positions, int]]) -> Iterator[Positions]:
    ways = product(*(combinations(at.tolist(), k) for at, k in groups))
    yield np.array([[i for part in way for i in part] for way in ways], dtype=np.int64)


def _random_subsets(
    groups: list[tuple[Positions, int]], draws: int, rng: np.random.Generator
) -> Iterator[Positions]:
    """Yield blocks of (k, n) positions of the treated, drawn within strata."""
    step = max(1, BLOCK_VALUES // max(max(len(at) for at, _ in groups), 1))
    for start in range(0, draws, step):
        k = min(step, draws - start)
        parts = []
        for at, size in groups:
            if size:
                keys = rng.random((k, len(at)))
                parts.append(at[keys.argpartition(size - 1, axis=1)[:, :size]])
        yield np.hstack(parts)
