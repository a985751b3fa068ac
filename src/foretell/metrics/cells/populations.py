"""Populations: what metrics on cells share, counted once per population."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Truth
from foretell.core.population import Population
from foretell.core.seeds import rng_for
from foretell.stats.distances.mmd import median_gamma
from foretell.stats.distances.pairs import pair_sums
from foretell.stats.distances.per_gene import sorted_rows

__all__ = [
    "bounds",
    "counts",
    "cross_sums",
    "is_moved",
    "kernel_gamma",
    "pair_of",
    "remembered",
    "remembered_pair",
    "scored",
    "sorted_cells",
    "thinned",
    "with_control_sums",
    "within_sums",
]

Floats = NDArray[np.float64]
T = TypeVar("T")

ROUNDING = 16  # steps of the precision of the largest coordinate

_KNOWN: WeakKeyDictionary[Population, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(population: Population, key: Hashable, compute: Callable[[], T]) -> T:
    """Return what was computed for a population under a key, as long as the population lives.

    A half of the truth is compared with every answer, and an answer with every half: what depends
    on one of them alone is computed once.
    """
    known = _KNOWN.setdefault(population, {})
    if key not in known:
        known[key] = compute()
    found: T = known[key]
    return found


def remembered_pair(
    true: Population, predicted: Population, key: Hashable, compute: Callable[[], T]
) -> T:
    """Return what was computed for two populations under a key, as long as both live."""
    pairs: WeakKeyDictionary[Population, dict[Hashable, Any]]
    pairs = remembered(true, "pairs", WeakKeyDictionary)
    known = pairs.setdefault(predicted, {})
    if key not in known:
        known[key] = compute()
    found: T = known[key]
    return found


def pair_of(truth: Truth, answer: Answer, space: str) -> tuple[Population, Population]:
    """Return the cells of both sides in a space, ``cells`` or ``panel``."""
    true, predicted = getattr(truth, space), getattr(answer, space)
    if true is None or predicted is None:
        raise ForetellError(
            f"truth and answer have no `{space}`", "use a metric on means, or give cells"
        )
    return true, predicted


def scored(truth: Truth, values: Floats) -> Floats:
    """Return the values, NaN where no gene of a condition counts."""
    return np.where(truth.mask.any(axis=1), values, np.nan)


def bounds(population: Population, n: int) -> NDArray[np.int64]:
    """(n + 1,) where the cells of each condition begin."""
    return np.searchsorted(population.row, np.arange(n + 1)).astype(np.int64)


def counts(population: Population, n: int) -> NDArray[np.int64]:
    """(n,) cells of each condition."""
    return np.diff(bounds(population, n))


def cross_sums(
    true: Population, predicted: Population, n: int, kind: str, gammas: tuple[float, ...] = (1.0,)
) -> Floats:
    """(n,) sum of f over all pairs of a true and a predicted cell of a condition."""
    at, to = bounds(true, n), bounds(predicted, n)
    blocks = np.column_stack([at[:-1], at[1:], to[:-1], to[1:]])
    return pair_sums(true.X, predicted.X, blocks, kind, gammas)


def within_sums(
    population: Population, n: int, kind: str, gammas: tuple[float, ...] = (1.0,)
) -> Floats:
    """(n,) sum of f over all ordered pairs of cells of one condition; remembered.

    Where cells are the same control cells moved to another place, their distances are the same in
    every condition and are computed once.
    """

    def compute() -> Floats:
        at = bounds(population, n)
        if n and is_moved(population, n):
            part = population.of(0)
            return np.full(n, pair_sums(part, part, [[0, len(part)] * 2], kind, gammas)[0])
        blocks = np.column_stack([at[:-1], at[1:], at[:-1], at[1:]])
        return pair_sums(population.X, population.X, blocks, kind, gammas)

    return remembered(population, ("within", n, kind, gammas), compute)


def is_moved(population: Population, n: int) -> bool:
    """Tell whether the cells of every condition are those of the first, moved as one."""

    def compute() -> bool:
        size = counts(population, n)
        if population.sampled or n < 2 or not size[0] or (size != size[0]).any():
            return False
        X = population.X.reshape(n, size[0], -1)
        shape = X[0] - X[0, :1]
        slack = (
            ROUNDING
            * np.finfo(np.result_type(X.dtype, np.float32)).eps
            * float(np.abs(X).max(initial=0.0))
        )
        return all(np.abs(part - part[:1] - shape).max(initial=0.0) <= slack for part in X)

    return remembered(population, ("is_moved", n), compute)


def sorted_cells(population: Population, i: int, n: int, axes: Floats | None = None) -> Floats:
    """(d, k) ascending values of the cells of a condition, on axes (d, a) if given; remembered."""
    place = "own axes" if axes is None else f"{axes.shape[1]} directions"

    def along(points: Any) -> Any:
        return points if axes is None else points @ axes

    if is_moved(population, n):
        first = remembered(
            population, ("sorted", 0, place), lambda: sorted_rows(along(population.of(0)))
        )
        step: Floats = along(population.of(i)[:1] - population.of(0)[:1])
        return first + step.T
    return remembered(
        population, ("sorted", i, place), lambda: sorted_rows(along(population.of(i)))
    )


def with_control_sums(population: Population, n: int) -> tuple[Floats, float]:
    """(n,) sums of the distances to the control cells, and among control cells; remembered."""

    def compute() -> tuple[Floats, float]:
        at, control = bounds(population, n), population.control
        m = np.full(n, len(control))
        to_control = pair_sums(
            population.X, control, np.column_stack([at[:-1], at[1:], np.zeros_like(m), m])
        )
        return to_control, float(pair_sums(control, control, [[0, len(control)] * 2])[0])

    return remembered(population, ("control", n), compute)


def kernel_gamma(true: Population) -> float:
    """Return the precision of a Gaussian kernel as wide as control cells are apart; remembered.

    It depends on the control cells of the truth only: on no answer, which could widen the kernel
    by being far off, and on no condition, so that values of conditions can be compared.
    """
    return remembered(
        true, "gamma", lambda: median_gamma(true.control, rng_for(subsample="kernel width"))
    )


def thinned(points: Any, size: int) -> Any:
    """Return `size` points drawn at random, or all; the same ones on every call."""
    if len(points) <= size:
        return points
    return points[np.sort(rng_for(subsample="cells").permutation(len(points))[:size])]
