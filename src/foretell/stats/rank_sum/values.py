"""Values: a matrix in the form that the kernels read, without a copy where that can be."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.core.errors import BadValues

__all__ = ["Values", "n_threads", "read_values"]

NARROW = {"f": np.float32, "i": np.int32, "u": np.uint32}
WIDE = {"f": np.float64, "i": np.int64, "u": np.uint64}
INFINITY = {False: 0x7F800000, True: 0x7FF0000000000000}  # bit patterns, by width


@dataclass(frozen=True, eq=False)
class Values:
    """Bit patterns of the values of n_obs observations of n_genes genes.

    Parameters
    ----------
    shape : (n_obs, n_genes).
    arrays : what the collecting kernel takes first: (indptr, indices, bits) or (bits,).
    form : ``rows``, ``columns`` or ``dense``.
    kind : ``f``, ``i`` or ``u``: floating, signed or unsigned.
    is_wide : of 64 bits, not 32.
    """

    shape: tuple[int, int]
    arrays: tuple[NDArray[Any], ...]
    form: str
    kind: str
    is_wide: bool

    @property
    def zero(self) -> np.uint64:
        """Sort key of 0."""
        return np.uint64(0 if self.kind == "u" else 1 << (63 if self.is_wide else 31))

    @property
    def code(self) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64, bool]:
        """How keys are made of bits: flip, spread, magnitude, largest, highest bit, width."""
        top = 63 if self.is_wide else 31
        every = (1 << (top + 1)) - 1
        floating = self.kind == "f"
        spread, magnitude = (every, every >> 1) if floating else (0, every)
        largest = INFINITY[self.is_wide] if floating else every
        words = (int(self.zero), spread, magnitude, largest, top)
        flip, spread_, magnitude_, largest_, top_ = map(np.uint64, words)
        return flip, spread_, magnitude_, largest_, top_, self.is_wide

    @property
    def collector(self) -> Callable[..., int]:
        """The compiled loop that reads this form."""
        from foretell.stats.rank_sum import collect

        found: dict[str, Callable[..., int]] = {
            "rows": collect.collect_rows,
            "columns": collect.collect_columns,
            "dense": collect.collect_dense,
        }
        return found[self.form]

    def cursor(self) -> NDArray[np.int64]:
        """Where each row begins, for the kernel to move on; nothing for columns and dense."""
        return self.arrays[0][:-1].copy() if self.form == "rows" else np.zeros(0, np.int64)

    def count(self, payload: NDArray[np.uint32], threads: int) -> NDArray[np.int64] | None:
        """(n_genes,) most values that a gene may have; None where columns of rows are unsorted."""
        if self.form == "dense":
            return np.full(self.shape[1], self.shape[0], dtype=np.int64)
        if self.form == "columns":
            return np.diff(self.arrays[0])
        from foretell.stats.rank_sum.collect import count_rows

        indptr, indices, _ = self.arrays
        cuts = np.searchsorted(indptr, np.linspace(0, indptr[-1], threads + 1))
        cuts[0], cuts[-1] = 0, self.shape[0]
        counts = np.zeros((threads, self.shape[1]), dtype=np.int64)

        def part(i: int) -> bool:
            return bool(count_rows(indptr, indices, payload, cuts[i], cuts[i + 1], counts[i]))

        with ThreadPoolExecutor(threads) as pool:
            sorted_parts = list(pool.map(part, range(threads)))
        total: NDArray[np.int64] = counts.sum(axis=0)
        return total if all(sorted_parts) else None


def read_values(X: Any) -> Values:
    """View a dense, CSR or CSC matrix; other sparse forms are converted.

    Numbers of 32 and 64 bits are only looked at. Narrower ones are widened, which copies them.
    """
    form = "dense"
    if hasattr(X, "tocsr"):
        X = X if X.format in ("csr", "csc") else X.tocsr()
        form = "rows" if X.format == "csr" else "columns"
        if form == "columns" and not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()
    else:
        X = np.asarray(X)
    if len(X.shape) != 2:
        raise BadValues(f"a matrix has two axes, not {len(X.shape)}", "give cells by genes")
    n, g = X.shape
    bits, kind, is_wide = _bits(X if form == "dense" else X.data)
    arrays = (bits,) if form == "dense" else (X.indptr.astype(np.int64), X.indices, bits)
    return Values((int(n), int(g)), arrays, form, kind, is_wide)


def _bits(data: NDArray[Any]) -> tuple[NDArray[Any], str, bool]:
    """Return bit patterns, their kind, and whether they have 64 bits."""
    kind, size = ("u" if data.dtype.kind == "b" else data.dtype.kind), data.dtype.itemsize
    if kind not in NARROW:
        raise BadValues(f"values of type {data.dtype} have no order", "give real numbers")
    is_wide = size > 4
    wanted = np.dtype((WIDE if is_wide else NARROW)[kind])
    data = data.astype(wanted, copy=False)
    return data.view(np.uint64 if is_wide else np.uint32), kind, is_wide


def n_threads(asked: int | None) -> int:
    """Return how many threads work: as asked, or as numba is set (NUMBA_NUM_THREADS)."""
    if asked is not None:
        return max(1, int(asked))
    from numba import get_num_threads

    return int(get_num_threads())
