"""Energy test: whether groups differ from a control group in any way, by permutation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.distances.energy import energy_statistics
from foretell.stats.distances.pairs import (
    Ints,
    Points,
    distance_matrix,
    group_blocks,
    row_sums,
    spread,
)

__all__ = ["EnergyTests", "energy_tests"]

Floats = NDArray[np.float64]

DENSE = 16  # a matrix product does about so many pairs in the time of one that is looked up


class EnergyTests(NamedTuple):
    """Tests of all groups against the control.

    Parameters
    ----------
    u, v : (n_groups,) E-distance as U- and V-statistic; see `edistances`.
    p : (n_groups,) permutation p-values, at least 1 / (1 + draws); NaN where nothing was tested.
    """

    u: Floats
    v: Floats
    p: Floats


def energy_tests(
    X: Points,
    codes: ArrayLike,
    n_groups: int,
    control: int,
    draws: int,
    rng: np.random.Generator,
    strata: ArrayLike | None = None,
) -> EnergyTests:
    """Test for every group whether it and the control group are draws of one population.

    Labels are permuted among the n points of a group and the m of the control, or within strata
    where given; p = (1 + b) / (1 + B), with b of B permuted V-statistics at least as large as the
    observed one, ties included. Exact where points are exchangeable under the null. It is not
    where cells of one well or animal are no replicates of each other: p is then too small.

    What is the same in all tests is computed once: the sum of distances among those controls that
    change sides is a running sum along one random order of the controls per draw, which all
    groups, whatever their size, read off. So the draws of different groups are not independent of
    each other, each test on its own being exact; neither are the tests, which share controls.

    Parameters
    ----------
    X : (n, d) points; single precision where they are float32.
    codes : (n,) group of every point, -1 = left out.
    n_groups : groups.
    control : which of them is the control; its own p is NaN.
    draws : permutations B, >= 1.
    rng : source of randomness; one number is drawn. The p-value of a group depends on that, on its
        points and the controls in their order, not on other groups or on the number of threads.
    strata : (n,) integer codes, >= 0.

    Returns
    -------
    `u`, `v`, `p`, each (n_groups,). NaN p for an empty group, and for all where the control is
    empty. A single point can be tested; p is then at least 1 / (1 + m).

    Notes
    -----
    Cost: O(m^2 d) once; O(n m d + B k n) per group, k = n^2 / (n + m) being the points that stay,
    and O(B L^2 d / 2) for the controls, L <= n m / (n + m) and a little of the largest group:
    once, or per group with strata.
    Memory: O(n m + B n). Source: szekely2013 (test), phipson2010 (p-value).

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(90, 3))
    >>> X[:20] += 2.0
    >>> codes = np.repeat([0, 1, 2], [20, 20, 50])
    >>> float(energy_tests(X, codes, 3, control=2, draws=99, rng=rng).p[0])
    0.01
    """
    if draws < 1:
        raise ValueError(f"cannot test by {draws} draws")
    root = int(rng.integers(2**62))
    order, starts = group_blocks(codes, n_groups)
    Z, n = np.asarray(X)[order], np.diff(starts)
    of_stratum = np.zeros(len(Z), dtype=np.int64)
    if strata is not None:
        of_stratum = np.asarray(strata, dtype=np.int64)[order]
    at_control = slice(starts[control], starts[control + 1])
    pool = _Controls(Z[at_control], of_stratum[at_control], draws, root)
    u, v, p = np.full((3, n_groups), np.nan)
    tested = [i for i in range(n_groups) if i != control and n[i] and n[control]]
    groups = [slice(starts[i], starts[i + 1]) for i in tested]
    pool.longest = max((pool.moving(of_stratum[at]) for at in groups), default=0)
    for i, at in zip(tested, groups, strict=True):
        u[i], v[i], p[i] = _test(Z[at], of_stratum[at], pool)
    if n[control]:
        v[control] = 0.0
        u[control] = 0.0 if n[control] > 1 else np.nan
    return EnergyTests(u, v, p)


class _Controls:
    """Control points, and what all tests share."""

    def __init__(self, points: Points, strata: Ints, draws: int, root: int) -> None:
        self.points, self.strata, self.draws, self.root = points, strata, draws, root
        self.sums = row_sums(points, points)
        self.longest = 0
        self._orders: dict[int, Ints] = {}
        self._running: Floats | None = None
        self._own: dict[tuple[int, ...], Ints] = {}

    def moving(self, strata: Ints) -> int:
        """Return how many controls, of one stratum, take the place of a group's points at most."""
        found = 0
        for stratum in np.unique(strata):
            n, m = int((strata == stratum).sum()), int((self.strata == stratum).sum())
            found = max(found, int((n - _stay(n, m, int(stratum), self)).max()))
        return found

    def orders(self, stratum: int) -> Ints:
        """(draws, L) random orders of the controls of a stratum, as positions among all."""
        if stratum not in self._orders:
            at = np.flatnonzero(self.strata == stratum)
            rng = np.random.default_rng([self.root, 0, stratum])
            each = [rng.permutation(len(at))[: self.longest] for _ in range(self.draws)]
            self._orders[stratum] = at[np.array(each, dtype=np.int64).reshape(self.draws, -1)]
        return self._orders[stratum]

    def running(self, stratum: int) -> Floats:
        """(draws, L + 1) sums over all ordered pairs of the first controls of an order."""
        if self._running is None:
            self._running = _running_sums(self.points, self.orders(stratum))
        return self._running

    def own_orders(self, n: int, *key: int) -> Ints:
        """(draws, n) random orders of the points of a group."""
        if (n, *key) not in self._own:
            rng = np.random.default_rng([self.root, 1, n, *key])
            rows = np.broadcast_to(np.arange(n), (self.draws, n))
            self._own = {(n, *key): rng.permuted(rows, axis=1)}  # one at a time: they are large
        return self._own[n, *key]


def _test(x: Points, strata: Ints, pool: _Controls) -> tuple[float, float, float]:
    """U, V and the p-value of one group."""
    D_xx, D_xc = distance_matrix(x, x), distance_matrix(x, pool.points)
    n, m = len(x), len(pool.points)
    S_x, S_y, C = (float(D.sum(dtype=np.float64)) for D in (D_xx, pool.sums, D_xc))
    u, v = energy_statistics(C, n, m, S_x, S_y)
    total = S_x + S_y + 2.0 * C
    one = (strata == strata[0]).all() and (pool.strata == strata[0]).all()
    chosen = _draw(n, int(strata[0]), pool) if one else _draw_within(strata, pool)
    x_rows = D_xx.sum(axis=1, dtype=np.float64) + D_xc.sum(axis=1, dtype=np.float64)
    c_rows = pool.sums + D_xc.sum(axis=0, dtype=np.float64)
    inside, rows = _sums_of(chosen, D_xx, D_xc, x_rows, c_rows)
    permuted = energy_statistics(rows - inside, n, m, inside, total - 2.0 * rows + inside)[1]
    # two draws of the same points are a tie, whatever the rounding
    rounding = 16.0 * np.finfo(D_xx.dtype).eps * total / (n + m) ** 2
    b = np.count_nonzero(permuted >= v - rounding)
    p = (1 + b) / (1 + pool.draws) if np.isfinite(v) else np.nan
    return float(u), float(v), float(p)


class _Chosen(NamedTuple):
    """Who bears the label of the group in each draw.

    Parameters
    ----------
    x : (draws, n) points of the group; the first `k` are chosen.
    k : (draws,) how many.
    c : (draws, L) controls; the first n - k are chosen.
    among : (draws,) sum over all ordered pairs of chosen controls.
    """

    x: Ints
    k: Ints
    c: Ints
    among: Floats


def _draw(n: int, stratum: int, pool: _Controls) -> _Chosen:
    k = _stay(n, len(pool.points), stratum, pool)
    among = pool.running(stratum)[np.arange(pool.draws), n - k]
    return _Chosen(pool.own_orders(n), k, pool.orders(stratum), among)


def _stay(n: int, m: int, stratum: int, pool: _Controls) -> Ints:
    """(draws,) how many of n points keep their label when n of n + m bear it."""
    rng = np.random.default_rng([pool.root, 2, stratum, n, m])
    found: Ints = rng.hypergeometric(n, m, n, size=pool.draws)
    return found


def _draw_within(strata: Ints, pool: _Controls) -> _Chosen:
    """Draw in every stratum, and put what was chosen there in one row, chosen first."""
    xs, cs, stays, moves = [], [], [], []
    k = np.zeros(pool.draws, dtype=np.int64)
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        other = pool.orders(int(stratum))
        n, m = len(own), int((pool.strata == stratum).sum())
        here = _stay(n, m, int(stratum), pool)
        xs.append(own[pool.own_orders(n, int(stratum))])
        cs.append(other)
        stays.append(np.arange(n) < here[:, None])
        moves.append(np.arange(other.shape[1]) < n - here[:, None])
        k += here
    x, c = _chosen_first(xs, stays), _chosen_first(cs, moves)
    among = _running_sums(pool.points, c)[np.arange(pool.draws), len(strata) - k]
    return _Chosen(x, k, c, among)


def _chosen_first(rows: list[Ints], chosen: list[NDArray[np.bool_]]) -> Ints:
    order = np.argsort(~np.hstack(chosen), axis=1, kind="stable")
    return np.take_along_axis(np.hstack(rows), order, axis=1)


def _sums_of(
    chosen: _Chosen, D_xx: Points, D_xc: Points, x_rows: Floats, c_rows: Floats
) -> tuple[Floats, Floats]:
    """(draws,) sum over all ordered pairs of chosen points, and of their row sums."""
    n, m = D_xc.shape
    stay = float(chosen.k.mean())
    looked_up = stay * (n - stay) + stay**2 / 2.0
    if looked_up * DENSE > n * (n + m):
        return _by_products(chosen, D_xx, D_xc, x_rows, c_rows)
    from foretell.stats.distances.loops import add_chosen

    inside, rows = chosen.among.copy(), np.zeros(len(chosen.k))

    def work(at: slice) -> None:
        given = chosen.x[at], chosen.k[at], chosen.c[at]
        add_chosen(*given, D_xx, D_xc, x_rows, c_rows, inside[at], rows[at])

    spread(work, np.full(len(rows), looked_up))
    return inside, rows


def _by_products(
    chosen: _Chosen, D_xx: Points, D_xc: Points, x_rows: Floats, c_rows: Floats
) -> tuple[Floats, Floats]:
    n, m = D_xc.shape
    draws = np.arange(len(chosen.k))[:, None]
    in_x = np.zeros((len(draws), n), dtype=D_xx.dtype)
    in_c = np.zeros((len(draws), m), dtype=D_xx.dtype)
    is_stay = np.arange(n) < chosen.k[:, None]
    is_move = np.arange(chosen.c.shape[1]) < n - chosen.k[:, None]
    in_x[np.broadcast_to(draws, is_stay.shape)[is_stay], chosen.x[is_stay]] = 1
    in_c[np.broadcast_to(draws, is_move.shape)[is_move], chosen.c[is_move]] = 1
    among_x = np.einsum("ij,ij->i", in_x @ D_xx.astype(np.float64), in_x)
    across = np.einsum("ij,ij->i", in_x @ D_xc.astype(np.float64), in_c)
    return chosen.among + among_x + 2.0 * across, in_x @ x_rows + in_c @ c_rows


def _running_sums(points: Points, orders: Ints) -> Floats:
    """(draws, L + 1) sum over ordered pairs of the first l points of every order."""
    from foretell.stats.distances.loops import running_sums

    out = np.zeros((len(orders), orders.shape[1] + 1))
    kind = np.float32 if points.dtype == np.float32 else np.float64
    P = np.ascontiguousarray(points, dtype=kind)

    def work(at: slice) -> None:
        running_sums(P, orders[at], out[at])

    spread(work, np.full(len(orders), orders.shape[1] ** 2 * P.shape[1] / 2.0))
    return out
