"""SortedReference: control values that are sorted once and compared with often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.core.errors import BadValues
from foretell.stats.rank_sum.values import Values, n_threads, read_values

__all__ = ["SortedReference", "sort_reference"]


@dataclass(frozen=True, eq=False)
class SortedReference:
    """Sort keys of the non-zero values of every gene.

    Parameters
    ----------
    keys : sorted keys, gene by gene; 4 bytes each, 8 for values of 64 bits.
    starts : (n_genes + 1,) where each gene starts.
    n : observations, those with 0 included.
    kind, is_wide : of the values; the values that are compared must be of the same type.
    """

    keys: NDArray[Any]
    starts: NDArray[np.int64]
    n: int
    kind: str
    is_wide: bool

    @classmethod
    def empty(cls, values: Values) -> SortedReference:
        """Return a reference without observations."""
        dtype = np.uint64 if values.is_wide else np.uint32
        starts = np.zeros(values.shape[1] + 1, np.int64)
        return cls(np.zeros(0, dtype), starts, 0, values.kind, values.is_wide)

    @property
    def largest(self) -> int:
        """Most values of one gene."""
        return int(np.diff(self.starts).max(initial=0))

    def check(self, values: Values, control: ArrayLike | None) -> None:
        """Refuse values that cannot be compared with this reference."""
        if control is not None:
            raise BadValues("both controls and a sorted reference are given", "give one of the two")
        if values.shape[1] != len(self.starts) - 1:
            raise BadValues(
                f"{values.shape[1]} genes are compared with a reference of {len(self.starts) - 1}",
                "sort the reference of the same genes",
            )
        if (values.kind, values.is_wide) != (self.kind, self.is_wide):
            raise BadValues(
                "the values and the reference are stored as different types",
                "give both as float32, or both as float64",
            )


def sort_reference(X: Any, threads: int | None = None) -> SortedReference:
    """Sort control observations, for `rank_sum` to compare several data sets with them.

    Parameters
    ----------
    X : (n, n_genes) control observations: dense, CSR or CSC, without NaN.
    threads : that count; by default as numba is set.

    Notes
    -----
    Cost: O(k log k) for k stored values. Memory: 8 bytes per value while sorting, then 4 (8 for
    values of 64 bits).

    >>> from foretell.stats.rank_sum.rank_sum import rank_sum
    >>> reference = sort_reference(np.array([[1.0], [2.0], [3.0]]))
    >>> rank_sum(np.array([[4.0], [2.5], [0.0]]), [0, 0, 1], 2, reference=reference).u
    array([[5.], [0.]])
    """
    values = read_values(X)
    n, g = values.shape
    payload = np.zeros(n, np.uint32)
    counts = values.count(payload, n_threads(threads))
    if counts is None:
        X = X.copy()
        X.sum_duplicates()
        return sort_reference(X, threads)
    starts = np.concatenate([[0], np.cumsum(counts)])
    ends = starts[:-1].copy()
    words = np.empty(starts[-1], np.uint64)
    payloads = np.empty(starts[-1] if values.is_wide else 0, np.uint32)
    at = (payload, (0, g), values.cursor())
    bad = values.collector(*values.arrays, values.code, *at, words, payloads, ends)
    if bad >= 0:
        raise BadValues(
            f"NaN among the values of gene {bad}", "fill what was not measured, or leave it out"
        )
    if not values.is_wide:
        words >>= np.uint64(32)
    dtype = np.uint64 if values.is_wide else np.uint32
    parts = [np.sort(words[a:b].astype(dtype)) for a, b in zip(starts[:-1], ends, strict=True)]
    keys = np.concatenate(parts) if parts else np.zeros(0, dtype)
    kept = np.concatenate([[0], np.cumsum(ends - starts[:-1])])
    return SortedReference(keys, kept, n, values.kind, values.is_wide)
