"""Gene panels of GEARS: genes ranked by a t-test against the controls, and parts of that list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.compat.inputs import Cells
from foretell.compat.scperteval_data import welch
from foretell.core.moments import GroupMoments

__all__ = ["Panels", "panels_of"]

TOP = 20


@dataclass(frozen=True, eq=False)
class Panels:
    """Genes of one perturbation, as positions.

    Parameters
    ----------
    ranked : all genes, largest |t| against the controls first.
    non_zero : genes that a treated cell expresses, ascending.
    non_dropout : those, then genes that neither treated cells nor controls express.
    """

    ranked: np.ndarray
    non_zero: np.ndarray
    non_dropout: np.ndarray

    @property
    def top_non_zero(self) -> np.ndarray:
        """First twenty of the ranked genes that a treated cell expresses."""
        return self.ranked[np.isin(self.ranked, self.non_zero)][:TOP]

    @property
    def top_non_dropout(self) -> np.ndarray:
        """First twenty of the ranked genes that are no drop-out of the treated cells."""
        return self.ranked[np.isin(self.ranked, self.non_dropout)][:TOP]


def panels_of(cells: Cells) -> dict[str, Panels]:
    """Return the panels of every perturbation.

    The ranking is by |t| of Welch's test, on treated cells that are *test* data: the panels see
    the truth, as they do there.
    """
    moments = GroupMoments(len(cells.names), len(cells.genes))
    moments.add(cells.X, np.searchsorted(cells.names, cells.labels))
    mean, variance, n = moments.mean, moments.variance, moments.n
    control = int(np.searchsorted(cells.names, cells.control))
    absent = mean[control] == 0
    found = {}
    for i, name in enumerate(cells.names):
        if i == control:
            continue
        sides = [(mean[k], variance[k], int(n[k])) for k in (i, control)]
        order = np.argsort(-np.abs(welch(sides[0], sides[1]).t), kind="stable")
        expressed = mean[i] != 0
        non_zero = np.flatnonzero(expressed)
        non_dropout = np.concatenate([non_zero, np.flatnonzero(~expressed & absent)])
        found[str(name)] = Panels(order, non_zero, non_dropout)
    return found
