"""MMD: squared maximum mean discrepancy, with the kernels that are in use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.distances.pairs import Points, distance_matrix, group_blocks, pair_sums
from foretell.stats.shift_test import unbiased_distance2

__all__ = ["GAMMAS", "MMD2", "kernel_statistics", "linear_mmd2", "median_gamma", "mmd2", "mmd2s"]

Floats = NDArray[np.float64]

GAMMAS = (2.0, 1.0, 0.5, 0.1, 0.01, 0.005)  # a fixed mixture; see klein2025
MEDIAN_OF = 1000  # points that the median distance is taken among


class MMD2(NamedTuple):
    """Squared maximum mean discrepancies of groups.

    Parameters
    ----------
    u : unbiased; 0 on average where two populations are one, negative by chance.
    v : biased, never negative, too large by about 1 / n + 1 / m where the kernel is narrow.
    """

    u: Floats
    v: Floats


def kernel_statistics(
    cross: ArrayLike, n: ArrayLike, m: ArrayLike, within_x: ArrayLike, within_y: ArrayLike
) -> tuple[Floats, Floats]:
    """Put sums of kernel values together.

        U = (S_x - n) / (n (n - 1)) + (S_y - m) / (m (m - 1)) - 2 C / (n m)
        V = S_x / n^2               + S_y / m^2               - 2 C / (n m)

    Parameters
    ----------
    cross : C, sum over all pairs of an x with a y.
    n, m : points of each group.
    within_x, within_y : S_x, S_y, sums over all ordered pairs of one group, k(x, x) = 1 included.

    Returns
    -------
    U and V; V is NaN where a group is empty, U where one has fewer than two points.
    """
    C, S_x, S_y = (np.asarray(s, dtype=np.float64) for s in (cross, within_x, within_y))
    k, q = np.asarray(n, dtype=np.float64), np.asarray(m, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = 2.0 * C / (k * q)
        U = (S_x - k) / (k * (k - 1)) + (S_y - q) / (q * (q - 1)) - alike
        V = S_x / k**2 + S_y / q**2 - alike
    U = np.where((k < 2) | (q < 2), np.nan, U)
    return U, np.where((k < 1) | (q < 1), np.nan, V)


def median_gamma(points: Points, rng: np.random.Generator) -> float:
    """Return gamma = 1 / (2 median^2) of the distances between points: the median heuristic.

    At most 1,000 points, drawn at random, are looked at. The kernel then sees differences of the
    size by which single points differ; with many axes of noise it is nearly linear in the means.

    Parameters
    ----------
    points : (n, d).
    rng : source of randomness.

    Returns
    -------
    gamma > 0; NaN for fewer than two points, or where more than half of the distances are 0.

    Notes
    -----
    Cost: O(min(n, 1000)^2 d). Source: gretton2012.

    >>> median_gamma(np.array([[0.0], [2.0]]), np.random.default_rng(0))
    0.125
    """
    kept = np.asarray(points)
    if len(kept) > MEDIAN_OF:
        kept = kept[rng.choice(len(kept), MEDIAN_OF, replace=False)]
    if len(kept) < 2:
        return float("nan")
    D = distance_matrix(kept, kept)
    median = float(np.median(D[np.triu_indices(len(D), 1)]))
    return 1.0 / (2.0 * median**2) if median > 0 else float("nan")


def mmd2(X: Points, Y: Points, gammas: ArrayLike) -> tuple[float, float]:
    """Return the squared MMD of two populations, unbiased and biased; see `mmd2s`.

    >>> x, y = np.array([[0.0], [0.0]]), np.array([[1.0], [1.0]])
    >>> u, v = mmd2(x, y, [1.0])
    >>> round(u, 6), round(v, 6), round(float(2 - 2 * np.exp(-1)), 6)
    (1.264241, 1.264241, 1.264241)
    """
    codes = np.repeat([0, 1], [len(X), len(Y)])
    found = mmd2s(np.concatenate([X, Y]), codes, 2, 1, gammas)
    return float(found.u[0]), float(found.v[0])


def mmd2s(X: Points, codes: ArrayLike, n_groups: int, control: int, gammas: ArrayLike) -> MMD2:
    """Measure how far every group is from one control group, by a Gaussian kernel.

        MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y),    k = mean over q of exp(-gamma_q |x - y|^2)

    It is 0 exactly where the two populations are the same. What it sees depends on gamma: where
    distances are large for it, k is 1 for a point with itself and 0 else, so that the biased
    statistic is 1/n + 1/m whatever the data, and the unbiased one 0. Take `median_gamma` of
    reference points that do not depend on what is compared, or a mixture that covers the range.

    Parameters
    ----------
    X : (n, d) points; distances are taken in single precision where they are float32.
    codes : (n,) group of every point, -1 = left out.
    n_groups : groups; those without points are NaN.
    control : which group the others are compared with; its own distance is 0.
    gammas : one precision, or several for a mixture of kernels.

    Returns
    -------
    `u` and `v`, (n_groups,). A group of one point has a V, and U = NaN. NaN coordinates and NaN
    gammas give NaN.

    Notes
    -----
    Cost: O((n m + sum of n_g^2) (d + q)); memory O(n d). Source: gretton2012.

    >>> X = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> mmd2s(X, [0, 0, 1, 1], 2, control=1, gammas=0.5).u.round(4)
    array([0.7869, 0.    ])
    """
    precisions = np.atleast_1d(np.asarray(gammas, dtype=np.float64))
    order, starts = group_blocks(codes, n_groups)
    Z, n = np.asarray(X)[order], np.diff(starts)
    a, b = starts[:-1], starts[1:]
    c, e = np.full(n_groups, starts[control]), np.full(n_groups, starts[control + 1])
    blocks = np.concatenate([np.column_stack([a, b, a, b]), np.column_stack([a, b, c, e])])
    sums = pair_sums(Z, Z, blocks, "gaussian", precisions) / len(precisions)
    own, cross = sums[:n_groups], sums[n_groups:]
    u, v = kernel_statistics(cross, n, n[control], own, own[control])
    for statistic in (u, v):
        if np.isfinite(statistic[control]):
            statistic[control] = 0.0
    return MMD2(u, v)


def linear_mmd2(X: Points, Y: Points) -> tuple[float, float]:
    """Return the squared MMD of the linear kernel: the squared distance between two means.

    Unbiased, |mean_x - mean_y|^2 - tr(V_x) / n - tr(V_y) / m, and plain. It is no distance
    between distributions: populations of one mean have none.

    Notes
    -----
    NaN (both) without points; the unbiased one is NaN below two. Cost: O((n + m) d).
    Source: gretton2012.

    >>> linear_mmd2(np.array([[0.0], [2.0]]), np.array([[5.0], [5.0]]))
    (15.0, 16.0)
    """
    if not len(X) or not len(Y):
        return float("nan"), float("nan")
    x, y = np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    spread = [p.var(axis=0, ddof=1) if len(p) > 1 else np.full(p.shape[1], np.nan) for p in (x, y)]
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    u = unbiased_distance2(mean_x, spread[0], len(x), mean_y, spread[1], len(y))
    return float(u), float(((mean_x - mean_y) ** 2).sum())
