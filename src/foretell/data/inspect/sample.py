"""Sample: a few runs of rows of a matrix, and what their values look like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foretell.core.errors import UnreadableFile

__all__ = ["Sample", "sample_of"]

RUNS, ROWS = 5, 200
MOST_VALUES = 6_000_000  # of a dense block: 48 MB
MOST_STORED_BY_GENES = 60_000_000  # stored values of a CSC matrix that are read for a sample


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a matrix: ``block`` is dense or CSR, ``rows`` are their positions in the file."""

    block: Any
    rows: np.ndarray
    n_obs: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of sampled rows and of genes."""
        n, g = self.block.shape
        return int(n), int(g)

    @property
    def size(self) -> int:
        """Number of entries, zeros included."""
        return self.shape[0] * self.shape[1]

    @property
    def is_sparse(self) -> bool:
        """True where only non-zero values are stored."""
        return hasattr(self.block, "indptr")

    @property
    def is_whole(self) -> bool:
        """True where the sample is the whole matrix."""
        return len(self.rows) == self.n_obs

    @property
    def scope(self) -> str:
        """What the numbers speak of."""
        return "all rows" if self.is_whole else f"{len(self.rows)} rows in {RUNS} runs"

    @cached_property
    def stored(self) -> np.ndarray:
        """Values without the zeros that are not stored."""
        values = self.block.data if self.is_sparse else np.asarray(self.block).ravel()
        return np.asarray(values, dtype=np.float64)

    @cached_property
    def values(self) -> np.ndarray:
        """Finite values other than zero."""
        values = self.stored
        kept: np.ndarray = values[np.isfinite(values) & (values != 0)]
        return kept

    @property
    def n_nan(self) -> int:
        """Number of NaN."""
        return int(np.isnan(self.stored).sum())

    @property
    def n_infinite(self) -> int:
        """Number of infinite values."""
        return int(np.isinf(self.stored).sum())

    @property
    def zeros(self) -> float:
        """Share of zeros among the entries that are not NaN."""
        n = self.size - self.n_nan - self.n_infinite
        return 1.0 - len(self.values) / n if n else 0.0

    @property
    def smallest(self) -> float:
        """Smallest finite value, zeros included."""
        if not len(self.values):
            return 0.0
        return min(float(self.values.min()), 0.0 if self.zeros > 0 else np.inf)

    @property
    def largest(self) -> float:
        """Largest finite value, zeros included."""
        if not len(self.values):
            return 0.0
        return max(float(self.values.max()), 0.0 if self.zeros > 0 else -np.inf)

    @cached_property
    def whole_numbers(self) -> float:
        """Share of whole numbers among the values other than zero."""
        return float((self.values == np.rint(self.values)).mean()) if len(self.values) else 0.0

    @cached_property
    def row_sums(self) -> np.ndarray:
        """(n_rows,) sums, NaN left out."""
        if self.is_sparse:
            return np.asarray(self.block.sum(axis=1), dtype=float).ravel()
        return np.nansum(np.asarray(self.block, dtype=float), axis=1)

    def row(self, i: int) -> np.ndarray:
        """Return the finite values other than zero of one sampled row."""
        if self.is_sparse:
            part = self.block.data[self.block.indptr[i] : self.block.indptr[i + 1]]
        else:
            part = np.asarray(self.block[i])
        part = np.asarray(part, dtype=np.float64).ravel()
        kept: np.ndarray = part[np.isfinite(part) & (part != 0)]
        return kept

    def mapped_sums(self, function: Any) -> np.ndarray:
        """(n_rows,) sums of a function of the values that leaves zero at zero."""
        if self.is_sparse:
            changed = self.block.copy()
            changed.data = function(changed.data.astype(np.float64))
            return np.asarray(changed.sum(axis=1), dtype=float).ravel()
        return np.nansum(function(np.asarray(self.block, dtype=float)), axis=1)

    def used_genes(self) -> np.ndarray:
        """(n_genes,) True for genes with a value other than zero in the sample."""
        if self.is_sparse:
            used = np.zeros(self.shape[1], dtype=bool)
            used[self.block.indices[self.block.data != 0]] = True
            return used
        filled: np.ndarray = (np.nan_to_num(np.asarray(self.block)) != 0).any(axis=0)
        return filled

    def summary(self) -> str:
        """Smallest and largest value, and shares."""
        parts = [f"{_short(self.smallest)} to {_short(self.largest)}", f"{self.zeros:.0%} zeros"]
        if self.n_nan:
            parts.append(f"{self.n_nan / self.size:.1%} NaN")
        parts.append(f"{self.whole_numbers:.0%} of the others whole numbers")
        return ", ".join(parts) + f" ({self.scope})"


def sample_of(matrix: Any) -> Sample:
    """Read a few runs of rows, spread evenly; all rows of a small matrix."""
    n, g = (int(size) for size in matrix.shape)
    rows = _rows(n, g)
    if getattr(matrix, "format", "csr") != "csr":
        matrix = _by_rows(matrix)
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(rows) else []
    blocks = [_checked(matrix[int(run[0]) : int(run[-1]) + 1]) for run in runs]
    return Sample(_stacked(blocks, g), rows, n)


def _rows(n: int, g: int) -> np.ndarray:
    """Positions of the runs; fewer rows where they are long."""
    most = max(RUNS, min(RUNS * ROWS, MOST_VALUES // max(g, 1)))
    if n <= most:
        return np.arange(n)
    length = most // RUNS
    starts = np.linspace(0, n - length, RUNS).astype(int)
    return np.unique(np.concatenate([np.arange(s, s + length) for s in starts]))


def _checked(block: Any) -> Any:
    """Refuse sparse rows that point beyond the matrix: compiled code would follow them."""
    if hasattr(block, "indptr"):
        try:
            block.check_format(full_check=True)
        except ValueError as error:
            raise UnreadableFile(
                f"the parts of a sparse matrix do not fit together ({error})",
                "it is damaged: fetch the file again, or build the matrix anew",
            ) from error
    return block


def _by_rows(matrix: Any) -> Any:
    """Turn a matrix that is stored by genes; a large one on disk is refused."""
    stored = matrix.group["data"].shape[0] if hasattr(matrix, "group") else matrix.nnz
    if stored > MOST_STORED_BY_GENES:
        raise UnreadableFile(
            f"the matrix is stored by genes (CSC) and holds {stored} values",
            "write it by observations: adata.X = adata.X.tocsr(), then adata.write_h5ad(...)",
        )
    return _checked(matrix.to_memory() if hasattr(matrix, "to_memory") else matrix).tocsr()


def _stacked(blocks: list[Any], n_genes: int) -> Any:
    if not blocks:
        return np.zeros((0, n_genes))
    if hasattr(blocks[0], "indptr"):
        import scipy.sparse as sp

        return sp.vstack(blocks, format="csr")
    return np.concatenate([np.asarray(block) for block in blocks])


def _short(value: float) -> str:
    return f"{value:.4g}"
