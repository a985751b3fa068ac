"""Matrix: rows of a data set, in memory or on disk, read in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foretell.core.errors import UnreadableFile, shorten
from foretell.core.stored import StoredArray, lies_on_disk

__all__ = ["BLOCK_BYTES", "Matrix"]

BLOCK_BYTES = 32 * 2**20
LARGEST_CHUNKS = 4  # blocks grow to whole chunks of the file up to this many times their size


@dataclass(frozen=True, eq=False)
class Matrix:
    """Observations by genes: dense, CSR, CSC, or stored in an HDF5 file or a zarr store.

    Blocks hold numbers that every step computes with: what is narrower than 32 bits becomes
    float32, a foreign byte order becomes this machine's.

    Parameters
    ----------
    X : (n_obs, n_genes) values.
    on_disk : True where `X` is only read block by block, as anything in a file is.
    """

    X: Any
    on_disk: bool = False

    def __post_init__(self) -> None:
        if lies_on_disk(self.X):
            object.__setattr__(self, "on_disk", True)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of observations and of genes."""
        n, g = self.X.shape
        return int(n), int(g)

    def rows_per_block(self, block_bytes: int = BLOCK_BYTES) -> int:
        """Return how many rows fit into a block of about `block_bytes`."""
        n, g = self.shape
        stored = getattr(self.X, "nnz", None)
        if stored is None and hasattr(self.X, "group"):
            stored = int(self.X.group["data"].shape[0])
        per_row = 12.0 * stored / max(n, 1) if stored is not None else 8.0 * g
        step = max(1, int(block_bytes / max(per_row, 1.0)))
        return step if stored is not None else self._whole_chunks(step, block_bytes)

    def _whole_chunks(self, step: int, block_bytes: int) -> int:
        """Round to whole chunks of a dense matrix on disk: a chunk is unpacked once, not often."""
        chunks = getattr(self.X, "chunks", None) if self.on_disk else None
        if not chunks:
            return step
        rows = int(chunks[0])
        if step >= rows:
            return step // rows * rows
        fits = 8 * rows * self.shape[1] <= LARGEST_CHUNKS * block_bytes
        return rows if fits else step

    def blocks(
        self, rows: np.ndarray, block_bytes: int = BLOCK_BYTES
    ) -> Iterator[tuple[Any, slice]]:
        """Yield blocks of the asked rows (sorted positions) and where they stand among `rows`.

        A block from disk is only valid until the next one is asked for: its memory is used again.
        """
        step = self.rows_per_block(block_bytes)
        if self.on_disk:
            yield from self._disk_blocks(rows, step)
            return
        X = self.X.tocsr() if getattr(self.X, "format", "csr") != "csr" else self.X
        for start in range(0, len(rows), step):
            take = rows[start : start + step]
            yield _plain(self._take(X, take)), slice(start, start + len(take))

    def _disk_blocks(self, rows: np.ndarray, step: int) -> Iterator[tuple[Any, slice]]:
        """Read runs of the file, the next one while this one is worked on."""
        spans = list(_spans(rows, self.shape[0], step))
        with ExitStack() as stack:
            arrays = [stack.enter_context(array) for array in self._arrays()]
            buffers = [self._buffers(spans, arrays) for _ in range(2)]
            reader = stack.enter_context(ThreadPoolExecutor(max_workers=1))
            ahead = [reader.submit(self._read, *span[:2], arrays, buffers[0]) for span in spans[:1]]
            for i, (start, stop, lo, hi) in enumerate(spans):
                block = self._arrived(ahead.pop(), start, stop)
                if i + 1 < len(spans):
                    into = buffers[(i + 1) % 2]
                    ahead.append(reader.submit(self._read, *spans[i + 1][:2], arrays, into))
                whole = stop - start == hi - lo
                yield (block if whole else self._take(block, rows[lo:hi] - start)), slice(lo, hi)

    def _arrived(self, reading: Future[Any], start: int, stop: int) -> Any:
        try:
            return _plain(reading.result())
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            place = getattr(self.X, "file", None) or getattr(self.X, "group", self.X)
            first = shorten(str(error).splitlines()[:1])
            raise UnreadableFile(
                f"rows {start} to {stop - 1} of {getattr(place, 'filename', place)} cannot be read "
                f"({first})",
                "the file is damaged, or has changed since it was opened: fetch it again",
            ) from error

    def _read(
        self, start: int, stop: int, arrays: list[StoredArray], into: list[np.ndarray]
    ) -> Any:
        """Read rows of the file; a CSR straight from its arrays, into buffers that are reused."""
        if not arrays:
            return self.X[start:stop]
        import scipy.sparse as sp

        first, last = int(self._indptr[start]), int(self._indptr[stop])
        data, indices = (
            array.read(first, last, buffer) for array, buffer in zip(arrays, into, strict=True)
        )
        indptr = self._indptr[start : stop + 1] - first
        return sp.csr_matrix((data, indices, indptr), shape=(stop - start, self.shape[1]))

    def _arrays(self) -> list[StoredArray]:
        """Values and column indices of a CSR on disk; nothing for a dense matrix."""
        if not self._is_csr_on_disk:
            return []
        return [StoredArray(self.X.group[name]) for name in ("data", "indices")]

    def _buffers(
        self, spans: list[tuple[int, int, int, int]], arrays: list[StoredArray]
    ) -> list[np.ndarray]:
        """One set of buffers, as long as the longest run; one set is read into, one worked on."""
        if not arrays:
            return []
        longest = max((int(self._indptr[b] - self._indptr[a]) for a, b, _, _ in spans), default=0)
        return [np.empty(longest, dtype=array.dtype) for array in arrays]

    @property
    def _is_csr_on_disk(self) -> bool:
        return hasattr(self.X, "group") and getattr(self.X, "format", "") == "csr"

    @cached_property
    def _indptr(self) -> np.ndarray:
        return np.asarray(self.X.group["indptr"][:])

    @staticmethod
    def _take(X: Any, rows: np.ndarray) -> Any:
        if len(rows) and int(rows[-1]) - int(rows[0]) + 1 == len(rows):
            return X[int(rows[0]) : int(rows[-1]) + 1]
        return X[rows]


def _plain(X: Any) -> Any:
    """Return values of a type that numpy, scipy and numba all compute with."""
    dtype = X.dtype
    if dtype.kind == "b" or dtype.itemsize < 4:
        return X.astype(np.float32)
    if dtype.kind == "f" and dtype.itemsize > 8:
        return X.astype(np.float64)
    return X if dtype.isnative else X.astype(dtype.newbyteorder("="))


def _spans(rows: np.ndarray, n_obs: int, step: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start, stop) in the file and (lo, hi) among the asked rows, for runs with any."""
    for first in range(0, n_obs, step):
        lo, hi = np.searchsorted(rows, (first, min(first + step, n_obs)))
        if lo < hi:
            yield int(rows[lo]), int(rows[hi - 1]) + 1, int(lo), int(hi)
