"""RankSum: the Wilcoxon rank-sum (Mann-Whitney) test of every group and gene."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.core.errors import BadValues
from foretell.stats.rank_sum.labels import Labels, read_labels
from foretell.stats.rank_sum.reference import SortedReference
from foretell.stats.rank_sum.values import Values, n_threads, read_values

__all__ = ["TASK_VALUES", "RankSum", "rank_sum", "compare_values"]

Floats = NDArray[np.float64]

TASK_VALUES = 2**23  # values that all threads collect at a time: 8 bytes each, 12 if 64 bits wide
SMALLEST_TASK = 2**19


@dataclass(frozen=True, eq=False)
class RankSum:
    """Results of rank-sum tests.

    Parameters
    ----------
    u : (n_groups, n_genes) Mann-Whitney U of the group: pairs in which its value is larger than
        the reference's, ties counting one half. With several labellings all arrays have one more
        axis in front.
    z : the same; standard normal score, positive where the group lies higher, 0 where p is 1.
    p : the same; two-sided p-values.
    n : (n_groups,) observations of every group.
    n_control : observations of the reference, () or (n_sets,); against the rest, of all groups.
    """

    u: Floats
    z: Floats
    p: Floats
    n: NDArray[np.int64]
    n_control: NDArray[np.int64]


def rank_sum(
    X: Any,
    codes: ArrayLike,
    n_groups: int,
    control: ArrayLike | None = None,
    *,
    reference: SortedReference | None = None,
    threads: int | None = None,
) -> RankSum:
    """Test every group of observations against the controls, or against the rest, gene by gene.

    The values of a gene are sorted once, for all groups and labellings. With a and b the numbers
    of control and group values in a run of equal values, and N = n + m,

        U = sum over runs of b (controls below + a / 2),
        s^2 = n m / 12 (N + 1 - sum over runs of ((a + b)^3 - (a + b)) / (N (N - 1))),
        p = min(1, 2 sf((|U - n m / 2| - 1 / 2) / s)),

    the normal approximation with corrections for ties and continuity, as scipy.stats.mannwhitneyu
    has it. Good for cells: any monotone change of the scale leaves it as it is. Fails where
    observations are not independent, and where one group is small (some tens) and a gene is sparse:
    U is then skewed, and the normal tail far too short, which calls genes without any effect. It
    asks whether one group lies higher, not whether means differ.

    Parameters
    ----------
    X : (n_obs, n_genes) dense, CSR or CSC; real numbers. Stored zeros are zeros. Numbers of 32
        and 64 bits are not copied.
    codes : (n_obs,) group of each observation, -1 = none; or (n_sets, n_obs) several labellings
        of the same observations, tested from one sort.
    n_groups : number of groups.
    control : (n_obs,) or (n_sets, n_obs) True for controls, whose code is -1. None compares each
        group with all observations of the other groups.
    reference : controls that were sorted before (`sort_reference`), instead of `control`.
    threads : at work; by default as numba is set. Results do not depend on it.

    Returns
    -------
    RankSum
        Where all values are equal, z = 0 and p = 1. NaN where a group or its reference is empty.

    Raises
    ------
    BadValues
        For NaN, values without an order, or codes that do not fit.

    Notes
    -----
    Cost: O(stored values) time; memory 24 bytes per labelling, group and gene, and about 100 MB
    beside the input. CSR with unsorted columns, and CSC with unsorted rows, are copied.
    Source: mann1947, wilcoxon1945.

    >>> X = np.array([[0.0, 3.0], [0.0, 5.0], [1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    >>> found = rank_sum(X, [0, 0, -1, -1, -1], 1, np.array([0, 0, 1, 1, 1], bool))
    >>> found.u, found.p.round(3)
    (array([[1., 6.]]), array([[0.333, 0.139]]))
    """
    values = read_values(X)
    if reference is not None:
        reference.check(values, control)
    n_reference = 0 if reference is None else reference.n
    labels = read_labels(codes, n_groups, control, values.shape[0], n_reference)
    workers = n_threads(threads)
    counts = values.count(labels.payload, workers)
    if counts is None:
        X = X.copy()
        X.sum_duplicates()
        values = read_values(X)
        counts = values.count(labels.payload, workers)
        assert counts is not None
    return compare_values(values, labels, counts, workers, reference)


def compare_values(
    values: Values,
    labels: Labels,
    counts: NDArray[np.int64],
    workers: int,
    reference: SortedReference | None = None,
    *,
    offset: int = 0,
) -> RankSum:
    """Run the kernels over ranges of genes, several at a time; `offset` names genes in errors."""
    shape = (*labels.n.shape, values.shape[1])
    tests = tuple(np.full(shape, np.nan) for _ in range(3))
    known = reference or SortedReference.empty(values)
    spans = list(_spans(counts, workers))
    budget = max(SMALLEST_TASK, TASK_VALUES // workers)

    def work(span: tuple[int, int]) -> None:
        worker = _Worker(values, labels, known, tests, int(counts.max(initial=0)), offset)
        for first, last in _ranges(counts, *span, budget):
            worker.run(first, last, counts[first:last])

    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(work, spans):
            pass
    u, z, p = tests
    if labels.many:
        return RankSum(u, z, p, labels.n, labels.n_control)
    return RankSum(u[0], z[0], p[0], labels.n[0], labels.n_control[0])


class _Worker:
    """Memory of one thread, and where in each row it stands."""

    def __init__(
        self,
        values: Values,
        labels: Labels,
        reference: SortedReference,
        tests: tuple[Floats, ...],
        largest: int,
        offset: int,
    ) -> None:
        self.values, self.labels, self.reference, self.tests = values, labels, reference, tests
        self.cursor, self.offset = values.cursor(), offset
        self.words, self.payloads = np.empty(0, np.uint64), np.empty(0, np.uint32)
        size, n = largest + reference.largest, labels.n.shape[1] + 2
        counters = np.empty(4 * 2**13, np.int32)
        self.buffers = (np.empty(size, np.uint64), np.empty(size, np.uint64), counters)
        groups = [np.zeros(n, np.int64) for _ in range(5)]
        self.scratch = (*groups, np.zeros(n), np.empty(size + 1, np.int64))

    def run(self, first: int, last: int, counts: NDArray[np.int64]) -> None:
        """Test genes ``first:last``, which have at most `counts` values each."""
        values, labels, ref = self.values, self.labels, self.reference
        starts = np.concatenate([[0], np.cumsum(counts)])
        if starts[-1] > len(self.words):
            self.words = np.empty(starts[-1], np.uint64)
            self.payloads = np.empty(starts[-1] if values.is_wide else 0, np.uint32)
        ends, words, payloads = starts[:-1].copy(), self.words, self.payloads
        at = (labels.payload, (first, last), self.cursor)
        bad = values.collector(*values.arrays, values.code, *at, words, payloads, ends)
        if bad >= 0:
            raise BadValues(
                f"NaN among the values of gene {self.offset + bad}, which have no order then",
                "fill what was not measured, or leave the gene out",
            )
        from foretell.stats.rank_sum.kernels import solve

        collected = (words, payloads, starts[:-1], ends, values.zero, values.is_wide)
        known = (ref.keys, ref.starts[first : last + 1], labels.reference)
        groups = (labels.table, labels.n, labels.n_control, labels.rest)
        solve(collected, known, groups, self.buffers, self.scratch, first, self.tests)


def _spans(counts: NDArray[np.int64], workers: int) -> Iterator[tuple[int, int]]:
    """Cut the genes into spans of about equal work, two per thread; rows are read on within one."""
    total = np.concatenate([[0], np.cumsum(counts + 1)])
    wanted = np.linspace(0, total[-1], (2 * workers if workers > 1 else 1) + 1)
    cuts = np.searchsorted(total, wanted[1:-1])
    edges = [0, *(int(cut) for cut in cuts), len(counts)]
    yield from ((a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if a < b)


def _ranges(
    counts: NDArray[np.int64], first: int, stop: int, budget: int
) -> Iterator[tuple[int, int]]:
    """Yield ranges of genes with at most `budget` values, or single genes that have more."""
    total = np.concatenate([[0], np.cumsum(counts)])
    while first < stop:
        last = int(np.searchsorted(total, total[first] + budget, side="right")) - 1
        last = min(max(last, first + 1), stop)
        yield first, last
        first = last
