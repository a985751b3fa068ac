"""Prediction: what a model answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from foretell.core.errors import BadModelOutput
from foretell.core.folder import read_folder, write_folder
from foretell.core.scale import Scale

__all__ = ["ABSTAINED", "FALLBACK", "PER_ROW", "SUPPORTED", "Prediction"]

PER_ROW = ("lower", "upper", "sd", "calls", "confidence")  # optional, one entry per row

SUPPORTED, FALLBACK, ABSTAINED = "supported", "fallback", "abstained"


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predicted profiles, in the order of the query.

    Parameters
    ----------
    mean : (n_rows, n_genes) predicted mean profile; NaN in abstained rows.
    genes : (n_genes,) names.
    scale : scale of the values.
    control : (n_controls, n_genes) control means that shifts refer to.
    control_index : (n_rows,) which of them each row refers to.
    support : (n_rows,) ``supported``, ``fallback`` or ``abstained``.
    reasons : why a row is not supported.
    cells : (n_cells, n_genes) sampled cells, dense or CSR, possibly memory-mapped; or None.
    cell_row : (n_cells,) row that each sampled cell belongs to.
    lower, upper : (n_rows, n_genes) interval, infinite where none can be given; or None.
    coverage : nominal coverage of the interval.
    sd : (n_rows, n_genes) predictive standard deviation of the mean profile; or None.
    calls : (n_rows, n_genes) genes that are called differential; or None.
    call_fdr : false discovery rate that `calls` claim.
    confidence : (n_rows,) how far each row can be trusted, larger = more; or None.
    """

    mean: np.ndarray
    genes: np.ndarray
    scale: Scale
    control: np.ndarray
    control_index: np.ndarray
    support: np.ndarray
    reasons: tuple[str, ...] = ()
    cells: Any = None
    cell_row: np.ndarray | None = None
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    coverage: float | None = None
    sd: np.ndarray | None = None
    calls: np.ndarray | None = None
    call_fdr: float | None = None
    confidence: np.ndarray | None = None

    def __post_init__(self) -> None:
        n, g = self.mean.shape if self.mean.ndim == 2 else (-1, -1)
        fits = g == len(self.genes) and n == len(self.control_index) == len(self.support)
        if not fits:
            raise BadModelOutput(
                f"a prediction of shape {self.mean.shape} for {len(self.support)} rows and "
                f"{len(self.genes)} genes",
                "return one row per query row and one column per query gene, in their order",
            )
        for name in ("lower", "upper", "sd", "calls"):
            bound = getattr(self, name)
            if bound is not None and bound.shape != self.mean.shape:
                raise BadModelOutput(
                    f"`{name}` has shape {bound.shape}, not {self.mean.shape}",
                    "return one bound per predicted value",
                )
        if (self.lower is None) != (self.upper is None) or (
            self.lower is not None and self.coverage is None
        ):
            raise BadModelOutput(
                "an interval has `lower`, `upper` and `coverage`", "return all three or none"
            )
        if (self.calls is None) != (self.call_fdr is None):
            raise BadModelOutput("calls have `calls` and `call_fdr`", "return both or none")
        if self.confidence is not None and self.confidence.shape != (n,):
            raise BadModelOutput(
                f"`confidence` has shape {self.confidence.shape}, not {(n,)}",
                "return one number per row",
            )
        if self.cells is not None and (
            self.cell_row is None or self.cells.shape != (len(self.cell_row), g)
        ):
            raise BadModelOutput(
                "sampled cells need `cell_row` and one column per gene",
                "say with `cell_row` which query row each cell belongs to",
            )

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def shift(self) -> np.ndarray:
        """(n_rows, n_genes) predicted shift from the control that each row refers to."""
        shift: np.ndarray = self.mean - self.control[self.control_index]
        return shift

    @property
    def answered(self) -> np.ndarray:
        """(n_rows,) False where the model abstained."""
        return np.asarray(self.support != ABSTAINED)

    def select(self, positions: Sequence[int]) -> Prediction:
        """Return some rows, in the order asked for."""
        rows = np.asarray(positions, dtype=np.int64)
        parts: dict[str, Any] = {
            "mean": self.mean[rows],
            "control_index": self.control_index[rows],
            "support": self.support[rows],
            "reasons": tuple(self.reasons[i] for i in rows) if self.reasons else (),
        }
        for name in PER_ROW:
            value = getattr(self, name)
            if value is not None:
                parts[name] = value[rows]
        if self.cell_row is not None:
            new_row = np.full(len(self), -1)
            new_row[rows] = np.arange(len(rows))
            keep = np.flatnonzero(new_row[self.cell_row] >= 0)
            parts |= {"cells": self.cells[keep], "cell_row": new_row[self.cell_row[keep]]}
        return replace(self, **parts)

    def save(self, folder: Path) -> None:
        """Write the folder form: ``tree.json`` and ``arrays.npz``."""
        write_folder(folder, self)

    @classmethod
    def load(cls, folder: Path) -> Prediction:
        """Read the folder form."""
        return read_folder(folder, cls)
