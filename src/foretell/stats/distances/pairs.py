"""Pairs: sums of a function of the distance over very many pairs of points, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["KINDS", "distance_matrix", "group_blocks", "pair_sums", "row_sums", "spread"]

Floats = NDArray[np.float64]
Points = NDArray[Any]
Ints = NDArray[np.int64]

KINDS = {"euclidean": 0, "sqeuclidean": 1, "gaussian": 2}
ROWS = 64  # rows of one piece of work: pieces do not depend on the number of threads
ALONE = 2**22  # coordinate pairs below which starting threads costs more than it brings


def pair_sums(
    X: Points,
    Y: Points,
    blocks: ArrayLike,
    kind: str = "euclidean",
    gammas: ArrayLike = (1.0,),
) -> Floats:
    """Sum f(|x - y|) over all pairs of each of many blocks.

    Coordinates are subtracted before they are squared, so nothing cancels, and the distance of a
    point to its copy is 0 exactly. Sums are taken in double precision, in an order that does not
    depend on the number of threads. No matrix of all pairs is ever held.

    Parameters
    ----------
    X : (n, d) points. Distances are computed in single precision where X and Y are float32.
    Y : (m, d) points.
    blocks : (k, 4) rows a to b of X with rows c to e of Y, as a, b, c, e.
    kind : ``euclidean`` |x - y|, ``sqeuclidean`` |x - y|^2, or ``gaussian``, the sum over
        `gammas` of exp(-gamma |x - y|^2).
    gammas : (q,) precisions of the Gaussian kernel.

    Returns
    -------
    (k,) sums; 0 over no pairs, NaN where a coordinate is NaN.

    Notes
    -----
    Cost: O(pairs d) time, O((n + m) d) memory.

    >>> X, Y = np.array([[0.0], [3.0]]), np.array([[0.0], [1.0]])
    >>> pair_sums(X, Y, [[0, 2, 0, 2], [1, 2, 0, 1]])
    array([6., 3.])
    """
    from foretell.stats.distances.loops import add_pairs

    given = np.asarray(blocks, dtype=np.int64).reshape(-1, 4)
    pieces, of_block = _pieces(given)
    X, YT = _aligned(X, Y)
    out = np.zeros(len(pieces))
    precisions = np.asarray(gammas, dtype=np.float64)

    def work(at: slice) -> None:
        add_pairs(X, YT, pieces[at], KINDS[kind], precisions, out[at])

    n_pairs = (pieces[:, 1] - pieces[:, 0]) * (pieces[:, 3] - pieces[:, 2])
    spread(work, n_pairs * X.shape[1])
    return np.bincount(of_block, weights=out, minlength=len(given)).astype(np.float64)


def row_sums(X: Points, Y: Points) -> Floats:
    """(n,) sum of the Euclidean distances from every x to all y; see `pair_sums`."""
    from foretell.stats.distances.loops import add_rows

    X, YT = _aligned(X, Y)
    out = np.zeros(len(X))

    def work(at: slice) -> None:
        add_rows(X[at], YT, out[at])

    spread(work, np.full(len(X), YT.size))
    return out


def distance_matrix(X: Points, Y: Points, *, squared: bool = False) -> Points:
    """(n, m) Euclidean distances, or their squares, in the precision of the points.

    >>> distance_matrix(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]))
    array([[5.]])
    """
    from foretell.stats.distances.loops import fill

    X, YT = _aligned(X, Y)
    out = np.empty((len(X), YT.shape[1]), dtype=X.dtype)

    def work(at: slice) -> None:
        fill(X[at], YT, squared, out[at])

    spread(work, np.full(len(X), YT.size))
    return out


def group_blocks(codes: ArrayLike, n_groups: int) -> tuple[Ints, Ints]:
    """Bring points of one group together.

    Parameters
    ----------
    codes : (n,) group of every point, -1 = in none.

    Returns
    -------
    (k,) positions of the points that are in a group, by group and then as given; (n_groups + 1,)
    where each group begins among them.

    >>> group_blocks([1, 0, -1, 1], 2)
    (array([1, 0, 3]), array([0, 1, 3]))
    """
    codes = np.asarray(codes)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(n_groups + 1))
    return order[starts[0] : starts[-1]], starts - starts[0]


def spread(work: Callable[[slice], None], costs: NDArray[Any]) -> None:
    """Do stretches of the work in as many threads as the compiler may use, or in this one."""
    from concurrent.futures import ThreadPoolExecutor

    from numba import get_num_threads

    n_threads = int(get_num_threads())
    if n_threads == 1 or float(costs.sum()) < ALONE:
        work(slice(0, len(costs)))
        return
    bounds = _stretches(costs, 4 * n_threads)
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(work, at) for at in bounds]:
            done.result()


def _stretches(costs: NDArray[Any], n: int) -> Iterable[slice]:
    """Cut the work into at most n stretches of like cost."""
    reached = np.cumsum(costs.astype(np.float64))
    cuts = np.searchsorted(reached, reached[-1] * np.arange(1, n) / n)
    ends = np.unique(np.concatenate([[0], cuts, [len(costs)]]))
    return [slice(int(a), int(b)) for a, b in zip(ends[:-1], ends[1:], strict=True)]


def _pieces(blocks: Ints) -> tuple[Ints, Ints]:
    """Cut blocks into pieces of few rows; returns (p, 4) pieces and the block of each."""
    n = -(-np.maximum(blocks[:, 1] - blocks[:, 0], 0) // ROWS)
    of_block = np.repeat(np.arange(len(blocks)), n)
    nth = np.arange(len(of_block)) - np.repeat(np.cumsum(n) - n, n)
    pieces = blocks[of_block]
    pieces[:, 0] += ROWS * nth
    pieces[:, 1] = np.minimum(pieces[:, 0] + ROWS, pieces[:, 1])
    return pieces, of_block


def _aligned(X: Points, Y: Points) -> tuple[Points, Points]:
    """Return X and the transposed Y in one precision."""
    X, Y = np.asarray(X), np.asarray(Y)
    if X.ndim != 2 or Y.ndim != 2 or X.shape[1] != Y.shape[1]:
        raise ValueError(f"points of {X.shape} and {Y.shape} cannot be compared")
    single = X.dtype == np.float32 and Y.dtype == np.float32
    dtype = np.float32 if single else np.float64
    return np.ascontiguousarray(X, dtype=dtype), np.ascontiguousarray(Y.T, dtype=dtype)
