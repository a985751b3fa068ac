"""Moments: streaming sums, means and variances of groups of observations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = ["GroupMoments"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]
Codes = NDArray[np.int64]


class GroupMoments:
    """Count, mean and variance of every group and gene, from chunks of observations.

    Good for one pass over data that do not fit in memory, dense or sparse. It keeps the number
    k, the sum s and the centred sum of squares M2 of the *nonzero* values; the zeros are joined
    on reading, so a sparse chunk is never made dense. Each nonzero x updates (Youngs and Cramer)

        k <- k + 1,   s <- s + x,   M2 <- M2 + (k x - s)^2 / (k (k - 1)),

    which stays accurate where the mean is far larger than the standard deviation. With the
    compiled backend the result does not depend, to the last bit, on the sizes of the chunks nor
    on whether they are dense or sparse. Sums of integers are exact up to 2^53.

    Parameters
    ----------
    n_groups : number of groups, >= 0.
    n_genes : number of genes, >= 0.
    squares : False keeps sums only: faster, and a third of the memory.
    nan_aware : True treats NaN as "not measured" and counts it; False lets NaN spread.
    backend : "numba" (compiled, about memory speed), "scipy" (products with an indicator
        matrix; agrees to rounding only), or "auto" (numba where installed).

    Notes
    -----
    Memory: 8 bytes per group and gene, 12 more with `squares`, 4 more with `nan_aware`.
    Cost: O(stored values) per chunk; "scipy" adds O(groups in the chunk x genes).
    Errors: `ValueError` for shapes or codes that do not fit; `AttributeError` for `variance`
    without `squares`.
    Source: youngs1971; joining of parts: chan1983.

    >>> moments = GroupMoments(2, 1)
    >>> moments.add(np.array([[1.0], [3.0], [5.0]]), np.array([0, 0, -1]))
    >>> moments.n, moments.mean[0], moments.variance[0]
    (array([2, 0]), array([2.]), array([2.]))
    """

    def __init__(
        self,
        n_groups: int,
        n_genes: int,
        *,
        squares: bool = True,
        nan_aware: bool = False,
        backend: Literal["auto", "numba", "scipy"] = "auto",
    ) -> None:
        shape, none = (n_groups, n_genes), (0, 0)
        self.shape, self.squares, self.nan_aware = shape, squares, nan_aware
        self.backend = _available() if backend == "auto" else backend
        self._n = np.zeros(n_groups, dtype=np.int64)
        self._sums = np.zeros(shape)
        self._M2 = np.zeros(shape if squares else none)  # of nonzero values only
        self._k = np.zeros(shape if squares else none, dtype=np.int32)  # nonzero values
        self._missing = np.zeros(shape if nan_aware else none, dtype=np.int32)
        self._mean: Floats | None = None

    def add(self, chunk: Any, codes: ArrayLike) -> None:
        """Add observations.

        Parameters
        ----------
        chunk : (n, n_genes) dense, CSR or CSC values; any real type.
        codes : (n,) group of each row; -1 = skip the row.
        """
        rows = chunk.tocsr() if hasattr(chunk, "tocsr") else np.asarray(chunk)
        group = self._checked(rows.shape, np.asarray(codes))
        self._mean = None
        if self.backend == "numba":
            add = _compiled()
            add(*_entries(rows, self.squares), group, *self._state(), self.squares, self.nan_aware)
        else:
            self._join(*_indicator_moments(rows, group, self.squares, self.nan_aware))
        self._n += np.bincount(group[group >= 0], minlength=self.shape[0])

    def merge(self, other: GroupMoments) -> None:
        """Add what another instance of the same shape and settings has seen (for shards)."""
        settings = (other.shape, other.squares, other.nan_aware)
        if settings != (self.shape, self.squares, self.nan_aware):
            raise ValueError("only moments of the same shape and settings can be merged")
        self._mean = None
        self._join(np.arange(self.shape[0]), *other._state())
        self._n += other._n

    @property
    def n(self) -> NDArray[np.int64]:
        """(n_groups,) observations per group, measured or not."""
        return self._n.copy()

    @property
    def measured(self) -> NDArray[np.int64]:
        """(n_groups, n_genes) values that entered the mean: observations less the NaN ones."""
        n = np.repeat(self._n[:, None], self.shape[1], axis=1)
        return n - self._missing if self.nan_aware else n

    @property
    def sums(self) -> Floats:
        """(n_groups, n_genes) sums of the measured values."""
        return self._sums.copy()

    @property
    def mean(self) -> Floats:
        """(n_groups, n_genes) means, read-only; NaN where nothing was measured."""
        if self._mean is None:
            n = self.measured if self.nan_aware else self._n[:, None]
            with np.errstate(invalid="ignore"):
                self._mean = self._sums / n  # 0 / 0 = NaN where the group is empty
            self._mean.flags.writeable = False
        return self._mean

    @property
    def variance(self) -> Floats:
        """(n_groups, n_genes) unbiased variances; NaN where fewer than two were measured."""
        if not self.squares:
            raise AttributeError("variance needs GroupMoments(..., squares=True)")
        step = max(1, 2**17 // max(self.shape[1], 1))  # blocks that stay in the cache
        out = np.empty(self.shape)
        for start in range(0, self.shape[0], step):
            out[start : start + step] = self._variance(slice(start, start + step))
        return out

    def mean_of(self, rows: ArrayLike) -> Floats:
        """Return the means of some groups; NaN where nothing was measured."""
        with np.errstate(invalid="ignore", divide="ignore"):
            means: Floats = self._sums[np.asarray(rows)] / self.measured_of(rows)
        return means

    def sums_of(self, rows: ArrayLike) -> Floats:
        """Return the sums of some groups."""
        sums: Floats = self._sums[np.asarray(rows)]
        return sums

    def measured_of(self, rows: ArrayLike) -> NDArray[np.int64]:
        """Return how many values entered the means of some groups."""
        at = np.asarray(rows)
        n = np.repeat(self._n[at][:, None], self.shape[1], axis=1)
        return n - self._missing[at] if self.nan_aware else n

    def variance_of(self, rows: ArrayLike) -> Floats:
        """Return the unbiased variances of some groups."""
        if not self.squares:
            raise AttributeError("variance needs GroupMoments(..., squares=True)")
        return self._variance(np.asarray(rows))

    def nonzero_of(self, rows: ArrayLike) -> Counts:
        """Return how many values of some groups are not 0."""
        if not self.squares:
            raise AttributeError("nonzero needs GroupMoments(..., squares=True)")
        counts: Counts = self._k[np.asarray(rows)]
        return counts

    def _variance(self, at: slice | NDArray[Any]) -> Floats:
        k, s = self._k[at].astype(np.float64), self._sums[at]
        n = self._n[at][:, None] - (self._missing[at] if self.nan_aware else 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            # k values around s/k and n - k zeros around 0, joined (Chan et al., eq. 2.1)
            M2 = self._M2[at] + (s / np.maximum(k, 1.0)) * s * ((n - k) / n)
            return np.where(n >= 2, M2 / (n - 1.0), np.nan)

    def _state(self) -> tuple[Floats, Floats, Counts, Counts]:
        return self._sums, self._M2, self._k, self._missing

    def _checked(self, shape: tuple[int, ...], codes: NDArray[Any]) -> Codes:
        if len(shape) != 2 or shape[1] != self.shape[1] or codes.shape != shape[:1]:
            raise ValueError(f"{shape} values and {codes.shape} codes for {self.shape} moments")
        if codes.size and (
            codes.dtype.kind not in "iu" or codes.min() < -1 or codes.max() >= self.shape[0]
        ):
            raise ValueError(f"codes must be integers in -1 ... {self.shape[0] - 1}")
        return codes.astype(np.int64)

    def _join(
        self, at: Codes, sums: Floats, M2: Floats, k: NDArray[Any], missing: NDArray[Any]
    ) -> None:
        """Join the moments of another part, given for the groups `at` (each at most once)."""
        if self.squares:
            ours = self._k[at]
            both = (ours > 0) & (k > 0)
            apart = self._sums[at] / np.maximum(ours, 1) - sums / np.maximum(k, 1)
            share = ours * (k / np.maximum(ours + k, 1))
            self._M2[at] += M2 + np.where(both, apart**2 * share, 0.0)  # Chan et al., eq. 2.1
            self._k[at] += k
        if self.nan_aware:
            self._missing[at] += missing
        self._sums[at] += sums


def _available() -> Literal["numba", "scipy"]:
    return "numba" if find_spec("numba") else "scipy"


@cache
def _compiled() -> Callable[..., None]:
    """Compile the loop on first use (kept on disk after that)."""
    from numba import njit

    compiled: Callable[..., None] = njit(cache=True, nogil=True)(_accumulate)
    return compiled


def _entries(rows: Any, squares: bool) -> tuple[NDArray[Any], ...]:
    """Return (start of each row, the same in `columns`, columns, values) of CSR or dense rows."""
    if hasattr(rows, "indptr"):
        if squares and not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()  # the square of a sum is not the sum of the squares
        return rows.indptr, rows.indptr, rows.indices, _compilable(rows.data)
    n, g = rows.shape
    starts = np.arange(n + 1, dtype=np.int64) * g
    columns = np.arange(g, dtype=np.int32)
    return starts, np.zeros_like(starts), columns, _compilable(rows.ravel())


def _compilable(values: NDArray[Any]) -> NDArray[Any]:
    """Widen what the compiler has no word for: booleans, half and long floats, foreign bytes."""
    known = values.dtype.char not in "?eg" and values.dtype.isnative
    return values if known else values.astype(np.float64)


def _accumulate(
    starts: NDArray[Any],
    column_starts: NDArray[Any],
    columns: NDArray[Any],
    values: NDArray[Any],
    codes: Codes,
    sums: Floats,
    M2: Floats,
    k: Counts,
    missing: Counts,
    squares: bool,
    nan_aware: bool,
) -> None:
    """Update the state value by value; written for compilation, hence the plain loops."""
    for i in range(codes.size):
        group = codes[i]
        if group < 0:
            continue
        offset = column_starts[i] - starts[i]
        for p in range(starts[i], starts[i + 1]):
            x = float(values[p])
            j = columns[p + offset]
            if nan_aware and x != x:
                missing[group, j] += 1
            elif not squares:
                sums[group, j] += x
            elif x != 0.0:
                k[group, j] += 1
                sums[group, j] += x
                count = float(k[group, j])
                if count > 1.0:
                    apart = count * x - sums[group, j]
                    M2[group, j] += apart * apart / (count * (count - 1.0))


def _indicator_moments(
    rows: Any, codes: Codes, squares: bool, nan_aware: bool
) -> tuple[Codes, Floats, Floats, NDArray[Any], NDArray[Any]]:
    """Return (groups present, sums, M2, k, missing) of one chunk by sparse matrix products."""
    import scipy.sparse as sp

    kept = np.flatnonzero(codes >= 0)
    at, local = np.unique(codes[kept], return_inverse=True)
    X = sp.csr_array(rows[kept], dtype=np.float64, copy=True)
    X.sum_duplicates()
    X.eliminate_zeros()
    ones = np.ones(kept.size)
    indicator = sp.csr_array((ones, (local, np.arange(kept.size))), shape=(at.size, kept.size))
    is_missing = np.isnan(X.data) if nan_aware else np.zeros(X.data.size, dtype=bool)
    missing = _grouped(indicator, X, is_missing.astype(np.float64))
    k = _grouped(indicator, X, (~is_missing).astype(np.float64))
    sums = _grouped(indicator, X, np.where(is_missing, 0.0, X.data))
    M2 = np.zeros_like(sums)
    if squares:
        mean = sums / np.maximum(k, 1)
        row_of = np.repeat(local, np.diff(X.indptr))
        centred = np.where(is_missing, 0.0, X.data - mean[row_of, X.indices])
        M2 = _grouped(indicator, X, centred**2)
    return at, sums, M2, k.astype(np.int32), missing.astype(np.int32)


def _grouped(indicator: sp.csr_array[Any], X: sp.csr_array[Any], values: Floats) -> Floats:
    """Sum `values`, standing where the entries of X stand, over the rows of each group."""
    import scipy.sparse as sp

    summed: Floats = (indicator @ sp.csr_array((values, X.indices, X.indptr), X.shape)).toarray()
    return summed
