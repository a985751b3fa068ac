"""Population: cells of several conditions as points of one space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Population"]


@dataclass(frozen=True, eq=False)
class Population:
    """Cells of n conditions, and control cells of the same side, as points of one space.

    Parameters
    ----------
    X : (n_cells, d) coordinates; all cells of one condition stand together.
    row : (n_cells,) condition of each cell, ascending.
    control : (n_control, d) control cells: of the ``truth`` half for a truth, of the ``model`` half
        for an answer.
    columns : (d,) positions among the genes, where the space is a selection of genes; None where
        its axes are mixtures of genes (principal components, fitted on training).
    sampled : True for measured cells and for those that a model drew itself; False where they are
        control cells moved by a predicted mean shift, which says nothing about spread.
    """

    X: np.ndarray
    row: np.ndarray
    control: np.ndarray
    columns: np.ndarray | None = None
    sampled: bool = True

    @cached_property
    def _starts(self) -> np.ndarray:
        n = int(self.row[-1]) + 1 if len(self.row) else 0
        return np.searchsorted(self.row, np.arange(n + 1))

    def of(self, condition: int) -> np.ndarray:
        """Return the (k, d) cells of one condition; none where it has none."""
        starts = self._starts
        if condition + 1 >= len(starts):
            return self.X[:0]
        return self.X[starts[condition] : starts[condition + 1]]

    def select(self, conditions: np.ndarray) -> Population:
        """Return some conditions, in the order asked for, with the same controls."""
        parts = [self.of(int(i)) for i in conditions]
        row = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        X = np.concatenate(parts) if parts else self.X[:0]
        return Population(X, row, self.control, self.columns, self.sampled)
