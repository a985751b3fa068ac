"""Lookup: add up the rows of a table that belong to a perturbation's targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foretell.core.perturbation import Perturbation

__all__ = ["sum_of_rows"]


def sum_of_rows(
    perturbations: Sequence[Perturbation], names: np.ndarray, table: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, d) sums over components, and True where every component has a row.

    Parameters
    ----------
    perturbations : n perturbations.
    names : (m,) row names of the table.
    table : (m, d) vectors.
    """
    position = {str(name): i for i, name in enumerate(names)}
    V = np.zeros((len(perturbations), table.shape[1]))
    covered = np.ones(len(perturbations), dtype=bool)
    for i, perturbation in enumerate(perturbations):
        for component in perturbation.components:
            row = position.get(component.target)
            if row is None:
                covered[i] = False
            else:
                V[i] += table[row]
    return V, covered
