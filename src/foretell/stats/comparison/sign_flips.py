"""Sign flips: tests of paired differences that need no distribution, alone and in families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.comparison.clusters import cluster_sums

__all__ = [
    "FlipTest",
    "MaxT",
    "all_signs",
    "draw_signs",
    "flipped_t",
    "max_t",
    "sign_flip_test",
    "step_down",
]

Floats = NDArray[np.float64]

TIE = 1e-9  # t statistics, and parts of them, closer than this tie
EXACT = 14  # up to so many clusters all 2^(k - 1) flips are listed


class FlipTest(NamedTuple):
    """A sign-flip test per column.

    Parameters
    ----------
    statistic : (m,) t statistic of the mean difference over clusters.
    p : (m,) two-sided p-values; 1 where all differences are 0, NaN without any.
    n_clusters : (m,) clusters with a value.
    """

    statistic: Floats
    p: Floats
    n_clusters: NDArray[np.int64]


class MaxT(NamedTuple):
    """A step-down family of tests, block by block.

    Parameters
    ----------
    statistic : per block, (m,) t statistics.
    p : per block, (m,) p-values of each test alone.
    adjusted : per block, (m,) p-values adjusted for the whole family; NaN where there is no test.
    """

    statistic: list[Floats]
    p: list[Floats]
    adjusted: list[Floats]


def all_signs(n_clusters: int) -> Floats:
    """List every way to flip k clusters that a two-sided statistic can tell apart.

    Returns
    -------
    (2^(k - 1), k) of -1 and 1, the first row unflipped; flipping all at once changes no |t|.

    >>> all_signs(3).shape
    (4, 3)
    """
    rows = np.arange(2 ** max(n_clusters - 1, 0))
    bits = (rows[:, None] >> np.arange(n_clusters)) & 1
    return np.asarray(1.0 - 2.0 * bits)


def draw_signs(n_clusters: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw ways to flip k clusters.

    Returns
    -------
    (1 + draws, k) of -1 and 1, the first row unflipped: what was observed counts too.

    >>> draw_signs(3, 100, np.random.default_rng(0)).shape
    (101, 3)
    """
    drawn = rng.integers(0, 2, size=(draws, n_clusters), dtype=np.int8)
    return np.vstack([np.ones(n_clusters), 1.0 - 2.0 * drawn])


def sign_flip_test(
    differences: ArrayLike,
    cluster: ArrayLike,
    draws: int,
    rng: np.random.Generator,
) -> FlipTest:
    """Test whether paired differences are symmetric around 0, flipping whole clusters.

    If two methods are exchangeable, the sign of every cluster's summed difference s_c is a coin
    flip. t = S sqrt((k - 1) / (k Q - S^2)), with S = sum_c s_c and Q = sum_c s_c^2, is compared
    with its values under flips; it orders them as |S| does, as Q never changes. Exact in small
    samples for symmetric differences; for skewed ones its level is right in large samples. Power
    is that of the t test where differences are normal.

    Parameters
    ----------
    differences : (n,) or (n, m) per condition (and column); NaN = none.
    cluster : (n,) code of each condition's cluster, 0 ... k - 1.
    draws : B, used where more than 14 clusters make too many flips to list.
    rng : source of randomness; all columns share the flips.

    Returns
    -------
    FlipTest
        p = share of all flips that reach |t|, the observed one among them: at least 2^(1 - k), or
        1 / (1 + B). Ties count as reaching it.

    Notes
    -----
    Cost: O(B k m), one matrix product. Source: phipson2010, winkler2014.

    >>> found = sign_flip_test(np.ones(5), np.arange(5), 100, np.random.default_rng(0))
    >>> float(found.p[0])
    0.0625
    """
    x = np.asarray(differences, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    k = int(np.max(cluster, initial=-1)) + 1
    signs = all_signs(k) if k <= EXACT else draw_signs(k, draws, rng)
    t, used = flipped_t(x, cluster, signs)
    size = np.abs(t)
    p = np.where(used > 0, _share_reaching(size, size[0]), np.nan)
    return FlipTest(t[0], p, used)


def max_t(
    blocks: Sequence[tuple[ArrayLike, ArrayLike]], signs: Sequence[Floats], fewest: int = 2
) -> MaxT:
    """Test many differences at once, such as metrics x data sets, and correct for all of them.

    Step-down max-T: with |t_(1)| >= ... >= |t_(m)| over all blocks, the adjusted p-value of rank j
    is the largest, over i <= j, of the share of flips in which the maximum of |t| over ranks
    i ... m reaches |t_(i)|. Clusters of one block (a data set) are flipped together in all its
    columns, so that the dependence between metrics is used, not paid for; blocks are flipped
    independently. The chance of any false claim stays below the level whichever hypotheses are
    true (strong control).

    Parameters
    ----------
    blocks : (differences (n_b, m_b), cluster (n_b,)) per block; NaN = no value.
    signs : (1 + B, k_b) of `draw_signs` per block, drawn independently, with the same B; with
        B = 2,000 the smallest p-value is 0.0005, whatever the number of tests.
    fewest : clusters with a value below which a column has no test: NaN.

    Notes
    -----
    Cost: O(B sum_b k_b m_b). Source: westfall1993, romano2005.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(30, 3)) + [2.0, 0.0, 0.0]
    >>> found = max_t([(x, np.arange(30))], [draw_signs(30, 999, rng)])
    >>> round(float(found.adjusted[0][0]), 3), bool((found.adjusted[0] >= found.p[0]).all())
    (0.001, True)
    """
    flipped = []
    for (x, cluster), drawn in zip(blocks, signs, strict=True):
        t, used = flipped_t(np.asarray(x, np.float64), cluster, drawn)
        flipped.append(np.where(used >= max(fewest, 2), t, np.nan))
    t = np.hstack(flipped) if flipped else np.empty((1, 0))
    size = np.abs(t)
    p = np.where(np.isnan(size[0]), np.nan, _share_reaching(size, size[0]))
    rows = (t[0], p, step_down(size))
    ends = np.cumsum([0, *(part.shape[1] for part in flipped)])
    cut = [slice(a, b) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    return MaxT(*([row[s] for s in cut] for row in rows))


def flipped_t(
    differences: Floats, cluster: ArrayLike, signs: Floats
) -> tuple[Floats, NDArray[np.int64]]:
    """Return t statistics under flips, (rows of `signs`, m), and the clusters per column, (m,).

    A column whose clusters all agree in size has no spread; its t is large but finite.
    """
    sums = cluster_sums(differences, cluster, signs.shape[1])
    root = np.sqrt((sums.total**2).sum(axis=0))
    scaled = np.divide(sums.total, root, out=np.zeros_like(sums.total), where=root > 0)
    r, k = signs @ scaled, np.maximum(sums.n_clusters, 2)
    room = np.maximum(k - r**2, 1e-9 * k)
    return np.asarray(r * np.sqrt((k - 1) / room)), sums.n_clusters


def step_down(size: Floats) -> Floats:
    """Adjust a family of tests step by step.

    Parameters
    ----------
    size : (1 + B, m) statistics, larger = further from the hypothesis; the first row is what was
        observed; NaN = no test.

    Returns
    -------
    (m,) adjusted p-values, see `max_t`.
    """
    observed = size[0]
    adjusted = np.full(len(observed), np.nan)
    order = np.flatnonzero(~np.isnan(observed))
    order = order[np.argsort(observed[order], kind="stable")]  # least first
    running = np.full(len(size), -np.inf)
    for j in order:
        running = np.maximum(running, size[:, j])
        adjusted[j] = _share_reaching(running[:, None], observed[j : j + 1])[0]
    falling = order[::-1]
    adjusted[falling] = np.maximum.accumulate(adjusted[falling])
    return adjusted


def _share_reaching(size: Floats, observed: Floats) -> Floats:
    """Share of rows that reach the observed value, ties included; row 0 is the observed one."""
    return np.asarray((size >= observed - TIE * (1 + np.abs(observed))).mean(axis=0))
