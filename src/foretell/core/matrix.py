"""Matrix: rows of a data set, in memory or on disk, read in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["BLOCK_BYTES", "Matrix"]

BLOCK_BYTES = 32 * 2**20


@dataclass(frozen=True, eq=False)
class Matrix:
    """Observations by genes: dense, CSR, CSC, or an AnnData matrix that stays on disk.

    Parameters
    ----------
    X : (n_obs, n_genes) values.
    on_disk : True where `X` is only read block by block.
    """

    X: Any
    on_disk: bool = False

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
        return max(1, int(block_bytes / max(per_row, 1.0)))

    def blocks(
        self, rows: np.ndarray, block_bytes: int = BLOCK_BYTES
    ) -> Iterator[tuple[Any, slice]]:
        """Yield blocks of the asked rows (sorted positions) and where they stand among `rows`."""
        step = self.rows_per_block(block_bytes)
        if self.on_disk:
            yield from self._disk_blocks(rows, step)
            return
        X = self.X.tocsr() if getattr(self.X, "format", "csr") != "csr" else self.X
        for start in range(0, len(rows), step):
            take = rows[start : start + step]
            yield self._take(X, take), slice(start, start + len(take))

    def _disk_blocks(self, rows: np.ndarray, step: int) -> Iterator[tuple[Any, slice]]:
        """Read whole runs of the file; a run without an asked row is never touched."""
        n_obs = self.shape[0]
        for first in range(0, n_obs, step):
            lo, hi = np.searchsorted(rows, (first, min(first + step, n_obs)))
            if lo == hi:
                continue
            wanted = rows[lo:hi]
            start, stop = int(wanted[0]), int(wanted[-1]) + 1
            block = self.X[start:stop]
            block = block.tocsr() if getattr(block, "format", "csr") != "csr" else block
            whole = stop - start == hi - lo
            yield (block if whole else self._take(block, wanted - start)), slice(lo, hi)

    @staticmethod
    def _take(X: Any, rows: np.ndarray) -> Any:
        if len(rows) and int(rows[-1]) - int(rows[0]) + 1 == len(rows):
            return X[int(rows[0]) : int(rows[-1]) + 1]
        return X[rows]
