"""Shift test: whether two groups of observations differ in their mean, without the noise bias."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ShiftTest", "permutation_p", "shift_test", "unbiased_distance2"]

Floats = NDArray[np.float64]

BLOCK_VALUES = 2**21  # permuted positions are drawn in blocks of about this many
SORTED = 1024  # up to this many, sorting random keys is faster than choosing one by one
ROUNDING = 1e-9  # of the largest statistic: two draws of the same cells are a tie


class ShiftTest(NamedTuple):
    """Result of a shift test.

    Parameters
    ----------
    distance2 : unbiased squared distance between the means; may be negative.
    p : permutation p-value, at least 1 / (1 + draws).
    """

    distance2: float
    p: float


def unbiased_distance2(
    mean_a: ArrayLike,
    var_a: ArrayLike,
    n_a: ArrayLike,
    mean_b: ArrayLike,
    var_b: ArrayLike,
    n_b: ArrayLike,
) -> Floats:
    """Estimate the squared distance between two population means, over the last axis.

        D = |mean_a - mean_b|^2 - sum(var_a) / n_a - sum(var_b) / n_b

    The plain squared distance is too large by the two noise terms that are subtracted here, and
    more so the fewer observations there are. D is the U-statistic

        mean of x_i x_j (i != j) + mean of y_i y_j (i != j) - 2 mean of x_i y_j,

    so its expectation is the squared distance, and it is negative about every second time where
    there is none.

    Parameters
    ----------
    mean_a, mean_b : (..., g) means.
    var_a, var_b : (..., g) unbiased variances (ddof = 1).
    n_a, n_b : (...) numbers of observations, at least 2.

    Returns
    -------
    (...) estimates; NaN where a group has fewer than two observations.

    Notes
    -----
    Cost: O(size). Source: gretton2012.

    >>> float(unbiased_distance2([1.0, 0.0], [2.0, 2.0], 4, [0.0, 0.0], [0.0, 0.0], 10))
    0.0
    """
    a, b, v_a, v_b = (np.asarray(x, np.float64) for x in (mean_a, mean_b, var_a, var_b))
    k_a, k_b = np.asarray(n_a, np.float64), np.asarray(n_b, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = v_a.sum(axis=-1) / k_a + v_b.sum(axis=-1) / k_b
    found = ((a - b) ** 2).sum(axis=-1) - noise
    return np.where((k_a < 2) | (k_b < 2), np.nan, found)


def permutation_p(statistic: float, permuted: ArrayLike) -> float:
    """Return (1 + b) / (1 + B), b of B permuted statistics being at least as large.

    It is never 0 and never too small: the observed order is one of those that might have been.

    Notes
    -----
    Source: phipson2010.

    >>> permutation_p(3.0, [1.0, 3.0, 2.0])
    0.5
    """
    draws = np.asarray(permuted, dtype=np.float64)
    slack = ROUNDING * max(abs(statistic), float(np.abs(draws).max(initial=0.0)))
    return float((1 + np.count_nonzero(draws >= statistic - slack)) / (1 + draws.size))


def shift_test(
    treated: ArrayLike,
    control: ArrayLike,
    draws: int,
    rng: np.random.Generator,
    strata: tuple[ArrayLike, ArrayLike] | None = None,
) -> ShiftTest:
    """Test by permutation whether treated and control observations have the same mean.

    The statistic is `unbiased_distance2`; labels are permuted among all observations, or within
    strata where given, so that a batch that holds more of one group cannot pass for an effect.
    Good where observations are exchangeable under the null. Fails where they are not: cells of
    one animal are no replicates, and what differs in spread alone may be found too.

    With a single treated observation its spread is taken from the controls, and the plain squared
    distance is permuted; the p-value cannot be below 1 / (1 + number of controls).

    Parameters
    ----------
    treated : (n, d) observations, n >= 1.
    control : (m, d) observations, m >= 2.
    draws : permutations, >= 1.
    rng : source of randomness.
    strata : ((n,), (m,)) integer codes.

    Raises
    ------
    ValueError
        For fewer than one treated or two control observations, or no draws.

    Notes
    -----
    Cost: O(draws min(n, m) d) time; memory is blocked. Source: gretton2012, phipson2010.

    >>> rng = np.random.default_rng(0)
    >>> found = shift_test(rng.normal(2, 1, (20, 3)), rng.normal(0, 1, (30, 3)), 99, rng)
    >>> found.p, bool(8 < found.distance2 < 20)
    (0.01, True)
    """
    x, y = np.asarray(treated, np.float64), np.asarray(control, np.float64)
    if len(x) < 1 or len(y) < 2 or draws < 1:
        raise ValueError(f"cannot test {len(x)} against {len(y)} observations by {draws} draws")
    pool = np.vstack([x, y])
    pool = pool - pool.mean(axis=0)  # far from 0, squares would lose their digits
    n, m = len(x), len(y)
    observed = _statistic(pool[:n].sum(axis=0)[None], (pool[:n] ** 2).sum()[None], pool, n)[0]
    if strata is None:
        groups = [(np.arange(n + m), n)]
    else:
        codes = np.concatenate([np.asarray(strata[0]), np.asarray(strata[1])])
        groups = [
            (np.flatnonzero(codes == s), int((codes[:n] == s).sum())) for s in np.unique(codes)
        ]
    permuted = _permuted(pool, n, groups, draws, rng)
    if n >= 2:
        distance2 = float(observed)
    else:
        spread = float(y.var(axis=0, ddof=1).sum())
        distance2 = float(observed) - spread * (1.0 + 1.0 / m)
    return ShiftTest(distance2, permutation_p(float(observed), permuted))


def _statistic(sums: Floats, squares: Floats, pool: Floats, n: int) -> Floats:
    """Return D for groups of n rows of the centred pool, given their sums and sums of squares."""
    m = len(pool) - n
    xx = (sums**2).sum(axis=1)  # the rest sums to -sums, since the pool is centred
    if n < 2 or m < 2:
        plain: Floats = xx * (1.0 / n + 1.0 / m) ** 2
        return plain
    rest = (pool**2).sum() - squares
    D: Floats = (xx - squares) / (n * (n - 1)) + (xx - rest) / (m * (m - 1)) + 2.0 * xx / (n * m)
    return D


def _permuted(
    pool: Floats,
    n: int,
    groups: list[tuple[NDArray[np.int64], int]],
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw who is treated, within every stratum, and return the statistic of every draw."""
    from scipy.sparse import csr_matrix

    norms = (pool**2).sum(axis=1)
    is_flipped = 2 * n > len(pool)  # the smaller side is drawn
    sizes = [len(at) - k if is_flipped else k for at, k in groups]
    small = sum(sizes)
    step = max(1, BLOCK_VALUES // max(small, min(len(pool), SORTED)))
    found = []
    for start in range(0, draws, step):
        k = min(step, draws - start)
        parts = [_subsets(at, size, k, rng) for (at, _), size in zip(groups, sizes, strict=True)]
        chosen = np.hstack(parts)
        indptr = np.arange(0, k * small + 1, small) if small else np.zeros(k + 1, dtype=np.int64)
        pick = csr_matrix((np.ones(k * small), chosen.ravel(), indptr), shape=(k, len(pool)))
        sums, squares = np.asarray(pick @ pool), np.asarray(pick @ norms)
        if is_flipped:
            sums, squares = -sums, norms.sum() - squares
        found.append(_statistic(sums, squares, pool, n))
    return np.concatenate(found)


def _subsets(
    at: NDArray[np.int64], size: int, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(draws, size) subsets of positions, without replacement and in any order."""
    n = len(at)
    if n <= SORTED:
        keys = rng.random((draws, n))
        chosen = keys.argpartition(size - 1, axis=1)[:, :size] if 0 < size < n else None
        if chosen is None:
            chosen = np.broadcast_to(np.arange(size), (draws, size))
    else:
        chosen = np.array([rng.choice(n, size, replace=False, shuffle=False) for _ in range(draws)])
    found: NDArray[np.int64] = at[chosen]
    return found
