"""Blocks: rank-sum tests of observations that are read in blocks, or lie on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.core.errors import BadValues
from foretell.core.matrix import Matrix
from foretell.stats.rank_sum.buckets import Buckets
from foretell.stats.rank_sum.labels import SKIP, Labels, read_labels
from foretell.stats.rank_sum.rank_sum import RankSum, compare_values, rank_sum
from foretell.stats.rank_sum.values import n_threads, read_values

__all__ = ["BUCKET_VALUES", "rank_sum_blocks", "rank_sum_matrix"]

BUCKET_VALUES = 2**26  # stored values that are in memory at once: 8 bytes each, 12 if 64 bits wide
MOST_BUCKETS = 500  # files that are open at once


def rank_sum_blocks(
    blocks: Iterable[tuple[Any, slice]],
    n_genes: int,
    codes: ArrayLike,
    n_groups: int,
    control: ArrayLike | None = None,
    *,
    n_values: int | None = None,
    bucket_values: int = BUCKET_VALUES,
    folder: Path | None = None,
    threads: int | None = None,
) -> RankSum:
    """Test as `rank_sum` does, from one pass over blocks of rows.

    Where more than `bucket_values` are stored, the values are sorted out by ranges of genes into
    temporary files, and the ranges are tested one after the other.

    Parameters
    ----------
    blocks : (k, n_genes) dense or CSR rows, and where they stand among the observations; each
        observation once.
    codes, n_groups, control, threads : as in `rank_sum`.
    n_values : stored values in all; by default estimated from the first block.
    bucket_values : to hold in memory at once.
    folder : for temporary files; 8 bytes per stored value (12 where they have 64 bits).

    Returns
    -------
    RankSum
        Equal to that of `rank_sum`, to the last bit.

    Notes
    -----
    Cost: O(stored values) time. Memory: 8 bytes times `bucket_values`, a block, the result, and
    about 100 MB. Temporary files are removed at the end, and on any error. Source: mann1947.

    >>> X = np.arange(12.0).reshape(6, 2)
    >>> control = np.array([0, 0, 0, 1, 1, 1], bool)
    >>> halves = [(X[:3], slice(0, 3)), (X[3:], slice(3, 6))]
    >>> rank_sum_blocks(halves, 2, [0, 0, 0, -1, -1, -1], 1, control).u
    array([[0., 0.]])
    """
    n_obs = np.shape(codes)[-1]
    labels = read_labels(codes, n_groups, control, n_obs)
    used = labels.payload != SKIP
    rows = ((_canonical(X), where) for X, where in blocks)
    first = next(rows, None)
    if first is None:
        return rank_sum(np.zeros((n_obs, n_genes), np.float32), codes, n_groups, control)
    X, where = first
    expected = n_values or int(X.nnz * n_obs / max(X.shape[0], 1))
    cuts = _cuts(X, expected, bucket_values)
    order = []
    with Buckets(cuts, folder) as buckets:
        for block, at in chain([first], rows):
            kept = used[at]
            buckets.add(block.astype(X.dtype, copy=False), kept)
            order.append(np.arange(n_obs)[at][kept])
        payload = labels.payload[np.concatenate(order)]
        return _by_range(buckets, labels, payload, n_threads(threads))


def _by_range(
    buckets: Buckets, labels: Labels, payload: NDArray[np.uint32], workers: int
) -> RankSum:
    """Test the ranges one after the other."""
    from dataclasses import replace

    import scipy.sparse as sp

    if len(payload) != int((labels.payload != SKIP).sum()):
        raise BadValues(
            f"blocks hold {len(payload)} observations that are tested, not "
            f"{int((labels.payload != SKIP).sum())}",
            "give each observation once",
        )
    here = replace(labels, payload=payload)
    shape = (*labels.n.shape, int(buckets.cuts[-1]))
    u, z, p = (np.empty(shape) for _ in range(3))
    for first, last, (indptr, columns, data) in buckets:
        X = sp.csr_matrix((data, columns, indptr), shape=(len(payload), last - first))
        values = read_values(X)
        counts = values.count(payload, workers)
        assert counts is not None
        found = compare_values(values, here, counts, workers, offset=first)
        for whole, part in ((u, found.u), (z, found.z), (p, found.p)):
            whole[..., first:last] = part
    if labels.many:
        return RankSum(u, z, p, labels.n, labels.n_control)
    return RankSum(u[0], z[0], p[0], labels.n[0], labels.n_control[0])


def _canonical(X: Any) -> Any:
    """Return CSR with ascending columns, values of at least 32 bits; the block may be reused."""
    import scipy.sparse as sp

    rows = X.tocsr() if hasattr(X, "tocsr") else sp.csr_matrix(np.asarray(X))
    if rows.dtype.itemsize < 4:
        rows = rows.astype(np.float32 if rows.dtype.kind == "f" else np.int32)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def _cuts(X: Any, expected: int, bucket_values: int) -> NDArray[np.int64]:
    """Cut the genes into ranges of about equal size, as far as the first block can tell."""
    n_genes = X.shape[1]
    wanted = -(-expected // max(bucket_values, 1))
    n_buckets = int(np.clip(wanted, 1, max(1, min(MOST_BUCKETS, n_genes))))
    weight = np.bincount(X.indices, minlength=n_genes) + X.nnz / max(n_genes, 1) / 8 + 1e-9
    total = np.concatenate([[0.0], np.cumsum(weight)])
    inner = np.searchsorted(total, np.linspace(0, total[-1], n_buckets + 1)[1:-1])
    return np.unique(np.concatenate([[0], inner, [n_genes]])).astype(np.int64)


def rank_sum_matrix(
    matrix: Matrix,
    codes: ArrayLike,
    n_groups: int,
    control: ArrayLike | None = None,
    *,
    bucket_values: int = BUCKET_VALUES,
    folder: Path | None = None,
    threads: int | None = None,
) -> RankSum:
    """Test as `rank_sum` does, wherever the matrix lies.

    In memory it is read as it is; CSC on disk by ranges of genes; CSR and dense ones on disk in
    blocks of rows (`rank_sum_blocks`).

    Parameters
    ----------
    matrix : all rows of a file; `codes` and `control` have one entry per row.
    codes, n_groups, control, threads : as in `rank_sum`.
    bucket_values, folder : as in `rank_sum_blocks`.

    >>> from foretell.core.matrix import Matrix
    >>> X = Matrix(np.array([[1.0], [3.0], [2.0]]))
    >>> rank_sum_matrix(X, [0, 0, -1], 1, np.array([0, 0, 1], bool)).u
    array([[1.]])
    """
    settings = (codes, n_groups, control)
    if not matrix.on_disk:
        return rank_sum(matrix.X, *settings, threads=threads)
    if getattr(matrix.X, "format", "") == "csc":
        return _by_columns(matrix, *settings, bucket_values, threads)
    labels = read_labels(*settings, matrix.shape[0])
    rows = np.flatnonzero(labels.payload != SKIP)
    return rank_sum_blocks(
        matrix.blocks(rows),
        matrix.shape[1],
        np.asarray(codes)[..., rows],
        n_groups,
        None if control is None else np.asarray(control)[..., rows],
        bucket_values=bucket_values,
        folder=folder,
        threads=threads,
    )


def _by_columns(
    matrix: Matrix,
    codes: ArrayLike,
    n_groups: int,
    control: ArrayLike | None,
    bucket_values: int,
    threads: int | None,
) -> RankSum:
    """Read ranges of genes of a CSC matrix from its arrays."""
    import scipy.sparse as sp

    group, (n, g) = matrix.X.group, matrix.shape
    indptr = np.asarray(group["indptr"][:], dtype=np.int64)
    parts = []
    for first, last in _column_ranges(indptr, bucket_values):
        at = slice(int(indptr[first]), int(indptr[last]))
        stored = (group["data"][at], group["indices"][at], indptr[first : last + 1] - at.start)
        X = sp.csc_matrix(stored, shape=(n, last - first))
        try:
            parts.append(rank_sum(X, codes, n_groups, control, threads=threads))
        except BadValues as error:
            problem = f"{error.problem} (genes are counted from {first})"
            raise BadValues(problem, error.way_out) from None
    if not parts:
        return rank_sum(np.zeros((n, g), np.float32), codes, n_groups, control)
    u, z, p = (np.concatenate([getattr(x, name) for x in parts], axis=-1) for name in "uzp")
    return RankSum(u, z, p, parts[0].n, parts[0].n_control)


def _column_ranges(indptr: NDArray[np.int64], budget: int) -> Iterator[tuple[int, int]]:
    first, stop = 0, len(indptr) - 1
    while first < stop:
        last = int(np.searchsorted(indptr, indptr[first] + budget, side="right")) - 1
        last = min(max(last, first + 1), stop)
        yield first, last
        first = last
