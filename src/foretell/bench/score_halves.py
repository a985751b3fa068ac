"""Halves: means and variances of every condition over random halves, by matrix products."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.bench.halves import half_rows
from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.moments import GroupMoments

__all__ = ["HalfMoments", "codes_of", "half_moments", "workers"]

ROWS = 512  # observations that are made dense at a time


@dataclass(frozen=True, eq=False)
class HalfMoments:
    """Moments of m conditions, in full and over h random halves; variances are NaN below two.

    Parameters
    ----------
    mean, variance : (m, g) over all observations; NaN where nothing was measured.
    n : (m,) observations.
    half_mean, half_variance : (h, m, g) over the half that scores are taken against.
    half_n : (h, m).
    """

    mean: np.ndarray
    variance: np.ndarray
    n: np.ndarray
    half_mean: np.ndarray
    half_variance: np.ndarray
    half_n: np.ndarray

    def other(self, half: int, rows: slice = slice(None)) -> np.ndarray:
        """(k, g) mean of the other half, the technical duplicate; NaN where it is empty."""
        first, n = self.half_n[half][rows, None], self.n[rows, None]
        mean = self.mean[rows]
        other: np.ndarray = mean - self.half_mean[half][rows]
        other *= first / np.where(n > first, n - first, np.nan)
        other += mean
        return other


def workers() -> int:
    """Return how many threads share the work."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def codes_of(dataset: Dataset, conditions: Sequence[Condition]) -> np.ndarray:
    """(n_obs,) position of each observation's condition among some, -1 = none of them."""
    position = {condition: i for i, condition in enumerate(conditions)}
    code = np.array([position.get(c, -1) for c in dataset.conditions], dtype=np.int64)
    codes: np.ndarray = code[dataset.codes]
    return codes


def half_moments(
    dataset: Dataset, conditions: Sequence[Condition], halves: int, seed: int
) -> HalfMoments:
    """Sum up the observations of every condition, in full and over the halves of `half_rows`.

    With M (h, n) the halves' membership and Z (n, g) the observations of one condition less their
    mean, M Z and M Z^2 give all halves at once. A relative scale may hold NaN, which is left out;
    it has no control to test against, and no variances.

    Notes
    -----
    Cost: O(h n g) flops in BLAS; memory 16 h m g bytes.
    """
    codes, m, g = codes_of(dataset, conditions), len(conditions), len(dataset.genes)
    first = np.array(half_rows(dataset, conditions, codes, halves, 0, seed))
    mean, variance = np.full((m, g), np.nan), np.full((m, g), np.nan)
    half_mean, half_variance = np.empty((halves, m, g)), np.empty((halves, m, g))
    relative = dataset.scale.is_relative

    def finish(i: int, pieces: Iterable[tuple[np.ndarray, Any]]) -> None:
        sums, squares, n = _sums(pieces, first, mean[i], relative)
        with np.errstate(invalid="ignore", divide="ignore"):
            sums /= n  # mean of a half less that of all
            np.add(sums, mean[i], out=half_mean[:, i])
            squares -= n * np.square(sums, out=sums)
            squares /= np.where(n > 1, n - 1, np.nan)
        np.maximum(squares, np.nan if relative else 0.0, out=half_variance[:, i])

    def measure(i: int, rows: np.ndarray) -> None:
        pieces = list(_pieces(dataset, rows))
        own = GroupMoments(1, g, nan_aware=relative)
        for at, X in pieces:
            own.add(X, np.zeros(len(at), dtype=np.int64))
        mean[i], variance[i] = own.mean[0], np.nan if relative else own.variance[0]
        finish(i, pieces)

    if dataset.steps or dataset.matrix.on_disk:
        moments = dataset.moments(codes, m)
        mean[:], variance[:] = moments.mean, np.nan if relative else moments.variance
        for i, pieces in enumerate(_collected(dataset, codes, m)):
            finish(i, pieces)
    else:
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(m + 1))
        _each(m, lambda i: measure(i, order[bounds[i] : bounds[i + 1]]))
    n = np.bincount(codes[codes >= 0], minlength=m)
    half_n = np.array([np.bincount(codes[half & (codes >= 0)], minlength=m) for half in first])
    return HalfMoments(mean, variance, n, half_mean, half_variance, half_n)


def _sums(
    pieces: Iterable[tuple[np.ndarray, Any]], first: np.ndarray, mean: np.ndarray, relative: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(h, g) sums and squares of one condition less its mean, and (h, g) or (h, 1) numbers."""
    shape = (len(first), len(mean))
    sums, squares = np.zeros(shape), np.zeros(shape)
    n = np.zeros(shape if relative else (len(first), 1))
    for rows, X in pieces:
        dense = X.toarray() if hasattr(X, "indptr") else np.asarray(X)
        Z = np.subtract(dense, mean, dtype=np.float64, casting="unsafe")
        M = first[:, rows].astype(np.float64)
        if relative:
            n += M @ np.isfinite(Z)
            Z = np.nan_to_num(Z)
        else:
            n += M.sum(axis=1, keepdims=True)
        sums += M @ Z
        squares += M @ np.square(Z, out=Z)
    return sums, squares, n


def _pieces(dataset: Dataset, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Any]]:
    """Yield positions of observations, and their values, a few at a time."""
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        yield part, dataset.matrix.X[dataset.rows[part]]


def _collected(
    dataset: Dataset, codes: np.ndarray, m: int
) -> Iterator[list[tuple[np.ndarray, Any]]]:
    """Yield the observations of each condition, collected in one pass over what stays on disk."""
    found: list[list[tuple[np.ndarray, Any]]] = [[] for _ in range(m)]
    for X, where in dataset.blocks():
        here = codes[where]
        for i in np.unique(here[here >= 0]):
            rows = np.flatnonzero(here == i)
            found[i].append((where.start + rows, X[rows]))
    for i in range(m):
        yield found[i]
        found[i] = []


def _each(n: int, work: Callable[[int], None]) -> None:
    """Do n pieces of work side by side, each on one core."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1), ThreadPoolExecutor(workers()) as pool:
        for done in [pool.submit(work, i) for i in range(n)]:
            done.result()
