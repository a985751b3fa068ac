"""Energy: E-distances of many groups of points, as U- and as V-statistic."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.distances.pairs import Points, group_blocks, pair_sums

__all__ = ["EDistances", "edistance", "edistances", "edistances_between", "energy_statistics"]

Floats = NDArray[np.float64]
EACH = 1 << 20  # blocks of pairs that are held at a time


class EDistances(NamedTuple):
    """E-distances of groups.

    Parameters
    ----------
    u : U-statistic; unbiased, 0 on average where two populations are one, negative by chance.
    v : V-statistic; never negative, too large by about within_x / n_x + within_y / n_y.
    within : (n_groups,) mean distance between two different points of a group; NaN below two.
    n : (n_groups,) points.
    """

    u: Floats
    v: Floats
    within: Floats
    n: NDArray[np.int64]


def energy_statistics(
    cross: ArrayLike, n: ArrayLike, m: ArrayLike, within_x: ArrayLike, within_y: ArrayLike
) -> tuple[Floats, Floats]:
    """Put sums of distances together.

        U = 2 C / (n m) - S_x / (n (n - 1)) - S_y / (m (m - 1))
        V = 2 C / (n m) - S_x / n^2         - S_y / m^2

    Parameters
    ----------
    cross : C, sum over all pairs of an x with a y.
    n, m : points of each group.
    within_x, within_y : S_x, S_y, sums over all ordered pairs of one group.

    Returns
    -------
    U and V; V is NaN where a group is empty, U where one has fewer than two points.
    """
    C, S_x, S_y = (np.asarray(s, dtype=np.float64) for s in (cross, within_x, within_y))
    k, q = np.asarray(n, dtype=np.float64), np.asarray(m, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = 2.0 * C / (k * q)
        U = apart - S_x / (k * (k - 1)) - S_y / (q * (q - 1))
        V = apart - S_x / k**2 - S_y / q**2
    U = np.where((k < 2) | (q < 2), np.nan, U)
    return U, np.where((k < 1) | (q < 1), np.nan, V)


def edistance(X: Points, Y: Points, *, squared: bool = False) -> tuple[float, float]:
    """Return the E-distance between two populations as U- and as V-statistic; see `edistances`.

    >>> x, y = np.array([[0.0], [2.0]]), np.array([[5.0], [7.0]])
    >>> edistance(x, y)
    (6.0, 8.0)
    """
    codes = np.repeat([0, 1], [len(X), len(Y)])
    found = edistances(np.concatenate([X, Y]), codes, 2, 1, squared=squared)
    return float(found.u[0]), float(found.v[0])


def edistances(
    X: Points, codes: ArrayLike, n_groups: int, control: int, *, squared: bool = False
) -> EDistances:
    """Measure how far every group is from one control group.

        E = 2 E|x - y| - E|x - x'| - E|y - y'|

    It is 0 exactly where the two populations are the same, so it sees spread and shape, not the
    mean alone. The V-statistic lets a point be its own partner; that makes it too large by about
    (mean distance within a group) / (points of the group), so that small groups look far away.
    The U-statistic leaves these pairs out and is unbiased: use it wherever group sizes differ.

    With `squared`, |x - y|^2 takes the place of |x - y|. That sees means only: V is then twice the
    squared distance of the means, and U twice its unbiased estimate; computed as such.

    Parameters
    ----------
    X : (n, d) points; distances are taken in single precision where they are float32.
    codes : (n,) group of every point, -1 = left out.
    n_groups : groups; those without points are NaN.
    control : which group the others are compared with; its own distance is 0.
    squared : squared Euclidean distance.

    Returns
    -------
    `u`, `v`, `within`, `n`, each (n_groups,). A group of one point has a V, and U = NaN; so have
    all groups where the control is a single point. A NaN coordinate makes NaN of its group.

    Notes
    -----
    Cost: O((n m + sum of n_g^2) d), with m control points; memory O(n d), no matrix of distances.
    Source: szekely2013 (statistic), peidli2024 (for perturbations).

    >>> X = np.array([[0.0], [2.0], [5.0], [7.0], [1.0]])
    >>> found = edistances(X, [0, 0, 1, 1, 2], 3, control=1)
    >>> found.u, found.v
    (array([ 6.,  0., nan]), array([8., 0., 9.]))
    """
    order, starts = group_blocks(codes, n_groups)
    Z, n = np.asarray(X)[order], np.diff(starts)
    if squared:
        return _squared(Z, starts, control)
    a, b = starts[:-1], starts[1:]
    c, e = np.full(n_groups, starts[control]), np.full(n_groups, starts[control + 1])
    sums = pair_sums(
        Z, Z, np.concatenate([np.column_stack([a, b, a, b]), np.column_stack([a, b, c, e])])
    )
    own, cross = sums[:n_groups], sums[n_groups:]
    u, v = energy_statistics(cross, n, n[control], own, own[control])
    return _with_itself(u, v, own, n, control)


def _with_itself(
    u: Floats, v: Floats, own: Floats, n: NDArray[np.int64], control: int
) -> EDistances:
    for statistic in (u, v):
        if np.isfinite(statistic[control]):
            statistic[control] = 0.0
    return EDistances(u, v, _mean_within(own, n), n)


def _mean_within(own: Floats, n: NDArray[np.int64]) -> Floats:
    return np.where(n > 1, own / np.maximum(n * (n - 1), 1), np.nan)


def _squared(Z: Points, starts: NDArray[np.int64], control: int) -> EDistances:
    """E-distances of squared Euclidean distances, from means and variances."""
    n = np.diff(starts)
    centred = np.asarray(Z, dtype=np.float64)
    centred = centred - (centred.mean(axis=0) if len(centred) else 0.0)  # or squares lose digits
    mean, spread = np.full((len(n), centred.shape[1]), np.nan), np.full(len(n), np.nan)
    for i, (a, b) in enumerate(zip(starts[:-1], starts[1:], strict=True)):
        if b > a:
            mean[i] = centred[a:b].mean(axis=0)
            spread[i] = ((centred[a:b] - mean[i]) ** 2).sum()
    own = 2.0 * n * np.nan_to_num(spread)
    own[np.isnan(spread) & (n > 0)] = np.nan
    apart = 2.0 * ((mean - mean[control]) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.where(n > 1, 2.0 * spread / (n * (n - 1.0)), np.nan)
    return _with_itself(apart - noise - noise[control], apart, own, n, control)


def edistances_between(X: Points, codes: ArrayLike, n_groups: int) -> EDistances:
    """Measure how far every group is from every other; see `edistances`.

    Returns
    -------
    `u` and `v` (n_groups, n_groups), symmetric with a diagonal of 0; `within` and `n` (n_groups,).

    Notes
    -----
    Cost: O(n^2 d / 2) time, O(n d + n_groups^2) memory. Source: szekely2013.

    >>> X = np.array([[0.0], [2.0], [5.0], [7.0]])
    >>> edistances_between(X, [0, 0, 1, 1], 2).v
    array([[0., 8.],
           [8., 0.]])
    """
    order, starts = group_blocks(codes, n_groups)
    Z, n = np.asarray(X)[order], np.diff(starts)
    first, second = np.triu_indices(n_groups)
    sums = np.zeros(len(first))
    for at in range(0, len(first), EACH):
        i, j = first[at : at + EACH], second[at : at + EACH]
        blocks = np.column_stack([starts[i], starts[i + 1], starts[j], starts[j + 1]])
        sums[at : at + EACH] = pair_sums(Z, Z, blocks)
    own = sums[first == second]
    u, v = energy_statistics(sums, n[first], n[second], own[first], own[second])
    U, V = np.zeros((n_groups, n_groups)), np.zeros((n_groups, n_groups))
    for full, found in ((U, u), (V, v)):
        found = np.where((first == second) & np.isfinite(found), 0.0, found)
        full[first, second] = full[second, first] = found
    return EDistances(U, V, _mean_within(own, n), n)
