"""Selection: some columns of each row, with weights, and what is computed over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Selection", "select"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Selection:
    """Columns of each of n rows; a row may have none.

    Parameters
    ----------
    row, column : (m,) where the selected entries stand; rows ascending.
    weight : (m,) how much each counts, in (0, 1].
    n : number of rows.
    """

    row: Places
    column: Places
    weight: Floats
    n: int

    def total(self, values: ArrayLike) -> Floats:
        """(n,) weighted sum of values (m,) in each row."""
        weights = self.weight * np.asarray(values, dtype=np.float64)
        total: Floats = np.bincount(self.row, weights=weights, minlength=self.n).astype(np.float64)
        return total

    @property
    def size(self) -> Floats:
        """(n,) total weight."""
        return self.total(np.ones(len(self.row)))

    def of(self, values: NDArray[np.float64]) -> Floats:
        """(m,) selected entries of values (n, g)."""
        return np.asarray(values[self.row, self.column])

    def mean(self, values: ArrayLike) -> Floats:
        """(n,) weighted mean of values (m,); NaN where nothing is selected."""
        size = self.size
        mean: Floats = np.where(size > 0, self.total(values) / np.where(size > 0, size, 1), np.nan)
        return mean

    def deviations(self, values: ArrayLike) -> Floats:
        """(m,) values (m,) minus the mean of their row."""
        values = np.asarray(values, dtype=np.float64)
        deviations: Floats = values - self.mean(values)[self.row]
        return deviations

    def spread(self, values: Floats) -> Floats:
        """(n,) range of values (m,); 0 where nothing is selected."""
        spread = np.zeros(self.n)
        if len(self.row):
            opens = np.flatnonzero(np.r_[True, self.row[1:] != self.row[:-1]])
            width = np.maximum.reduceat(values, opens) - np.minimum.reduceat(values, opens)
            spread[self.row[opens]] = width
        return spread

    def correlation(self, a: Floats, b: Floats) -> Floats:
        """(n,) weighted Pearson correlation of values a and b (m,); NaN where one is constant."""
        da, db = self.deviations(a), self.deviations(b)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = self.total(da * db) / np.sqrt(self.total(da**2) * self.total(db**2))
        return np.clip(r, -1.0, 1.0)

    def ranks(self, values: Floats) -> Floats:
        """(m,) rank of values (m,) within their row, from 1, the smallest; ties at their middle."""
        return self._ranked(values)[0]

    def ranks_tied(self, values: Floats) -> Floats:
        """(m,) how many values of the row are equal to each, itself included."""
        return self._ranked(values)[1]

    def _ranked(self, values: Floats) -> tuple[Floats, Floats]:
        if not len(self.row):
            return np.empty(0), np.empty(0)
        order = np.lexsort((values, self.row))
        row, sorted_values = self.row[order], np.asarray(values, np.float64)[order]
        opens_row = np.r_[True, row[1:] != row[:-1]]
        opens_run = opens_row | np.r_[True, sorted_values[1:] != sorted_values[:-1]]
        begin, run = np.flatnonzero(opens_run), np.cumsum(opens_run) - 1
        length = np.diff(np.r_[begin, len(row)])
        row_begin = np.flatnonzero(opens_row)[np.cumsum(opens_row) - 1]
        ranks, tied = np.empty(len(row)), np.empty(len(row))
        ranks[order] = begin[run] - row_begin + (length[run] + 1) / 2
        tied[order] = length[run]
        return ranks, tied


def select(labels: ArrayLike) -> Selection:
    """Select what is True, with weight 1.

    >>> select([[True, False, True], [False, False, False]]).size
    array([2., 0.])
    """
    chosen = np.asarray(labels, dtype=bool)
    row, column = np.nonzero(chosen)
    return Selection(row, column, np.ones(len(row)), len(chosen))
