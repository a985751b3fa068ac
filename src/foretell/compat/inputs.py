"""Inputs: a real and a predicted screen as other evaluators take them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from foretell.core.errors import (
    BadMapping,
    BadValues,
    NoControl,
    UnknownName,
    did_you_mean,
    shorten,
)
from foretell.core.moments import GroupMoments

__all__ = ["Cells", "cells_of", "require_pair"]


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells by label, as an evaluator sees them: no context, no halves, one control label.

    Parameters
    ----------
    X : (n, g) values, dense or CSR.
    labels : (n,) perturbation of each cell, spelled as in the file.
    genes : (g,) names.
    control : label of the controls.
    """

    X: Any
    labels: np.ndarray
    genes: np.ndarray
    control: str

    @cached_property
    def names(self) -> np.ndarray:
        """Distinct labels, the control's included, in alphabetical order."""
        return np.unique(self.labels)

    @cached_property
    def perturbations(self) -> np.ndarray:
        """Distinct labels without the control, in alphabetical order."""
        return self.names[self.names != self.control]

    @cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        codes = np.searchsorted(self.names, self.labels)
        order = np.argsort(codes, kind="stable")
        return order, np.searchsorted(codes[order], np.arange(len(self.names) + 1))

    def rows(self, label: str) -> np.ndarray:
        """Return the positions of the cells of a label, ascending."""
        order, bounds = self._order
        i = int(np.searchsorted(self.names, label))
        if i >= len(self.names) or self.names[i] != label:
            return order[:0]
        return order[bounds[i] : bounds[i + 1]]

    def of(self, label: str) -> Any:
        """Return the cells of a label, in the form in which they are stored."""
        return self.X[self.rows(label)]

    @cached_property
    def means(self) -> np.ndarray:
        """(labels, g) mean profile of every label in `names`."""
        moments = GroupMoments(len(self.names), len(self.genes), squares=False)
        moments.add(self.X, np.searchsorted(self.names, self.labels))
        return np.asarray(moments.mean)

    def mean(self, label: str) -> np.ndarray:
        """Return the (g,) mean profile of a label."""
        row: np.ndarray = self.means[int(np.searchsorted(self.names, label))]
        return row

    def with_values(self, X: Any) -> Cells:
        """Return the same cells with other values."""
        return replace(self, X=X)


def cells_of(adata: Any, perturbation: str, control: str) -> Cells:
    """Read labels and values of an AnnData-like object (`X`, `obs`, `var_names`).

    Raises
    ------
    BadMapping
        If the column does not exist.
    NoControl
        If no cell bears the control's label.
    BadValues
        If there are no values, or some are not finite.
    """
    if perturbation not in adata.obs.columns:
        way_out = did_you_mean(perturbation, adata.obs.columns)
        raise BadMapping(f"there is no column '{perturbation}' in obs", way_out)
    labels = np.asarray(adata.obs[perturbation]).astype(str)
    if control not in labels:
        way_out = did_you_mean(control, np.unique(labels))
        raise NoControl(f"no cell of column '{perturbation}' is '{control}'", way_out)
    X = adata.X
    if X is None:
        raise BadValues("there are no values: X is empty", "put the profiles into X")
    X = X.tocsr() if hasattr(X, "tocsr") else np.asarray(X)
    stored = X.data if hasattr(X, "indptr") else X
    if not np.isfinite(stored).all():
        raise BadValues("X holds values that are not finite", "leave out NaN and infinite values")
    return Cells(X, labels, np.asarray(adata.var_names).astype(str), control)


def require_pair(real: Cells, pred: Cells, evaluator: str) -> None:
    """Require the same genes in the same order, and the same labels, as most evaluators do."""
    if not np.array_equal(real.genes, pred.genes):
        other = sorted(set(real.genes) ^ set(pred.genes))
        problem = f"differ: {shorten(other)}" if other else "stand in another order"
        raise BadMapping(
            f"{evaluator} needs the same genes in the same order; they {problem}",
            "order the prediction's columns like the real ones",
        )
    if not np.array_equal(real.names, pred.names):
        other = sorted(set(real.names) ^ set(pred.names))
        raise UnknownName(
            f"{evaluator} needs the same labels on both sides; only one has {shorten(other)}",
            "leave them out, or add them to the other side",
        )
