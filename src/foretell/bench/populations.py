"""Populations: held-out, duplicate and predicted cells of a group, in the spaces of a fold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.bench.spaces import Spaces
from foretell.bench.truth import HeldOut
from foretell.core.context import Context
from foretell.core.dataset import Dataset
from foretell.core.population import Population
from foretell.core.prediction import Prediction
from foretell.core.seeds import rng_for
from foretell.core.split import Split

__all__ = ["HeldCells", "Pair", "cells_of_prediction", "hold_out_cells", "moved_controls"]

MAX_CELLS = 500  # held-out cells of one condition that are compared
MAX_CONTROLS = 500  # control cells of a context and side

Pair = tuple[Population, Population]  # in components, on the panel


@dataclass(frozen=True, eq=False)
class HeldCells:
    """Held-out cells of all conditions of a repeat, and control cells of both sides.

    Parameters
    ----------
    spaces : of the fold.
    X : (n, d) and (n, p) coordinates, sorted by condition.
    code : (n,) condition.
    first : (h, n) True for the half that scores are taken against.
    controls : by context and side (``truth``, ``model``), coordinates of control cells.
    """

    spaces: Spaces
    X: tuple[np.ndarray, np.ndarray]
    code: np.ndarray
    first: np.ndarray
    controls: dict[tuple[Context, str], tuple[np.ndarray, np.ndarray]]

    def population(
        self, rows: np.ndarray, context: Context, side: str, keep: np.ndarray | None
    ) -> Pair:
        """Return the cells of some conditions, of those that `keep` (n,) marks."""
        at = [np.flatnonzero(self.code == row) for row in rows]
        if keep is not None:
            at = [found[keep[found]] for found in at]
        row = np.repeat(np.arange(len(at)), [len(found) for found in at])
        chosen = np.concatenate(at) if at else np.empty(0, np.int64)
        control = self.controls[context, side]
        columns = self.spaces.columns
        return (
            Population(self.X[0][chosen], row, control[0]),
            Population(self.X[1][chosen], row, control[1], columns),
        )


def hold_out_cells(dataset: Dataset, split: Split, held: HeldOut, spaces: Spaces) -> HeldCells:
    """Project held-out cells and controls, at most 500 per condition, drawn by name."""
    chosen = _chosen(dataset, held, split)
    code = held.codes[chosen]
    X = _projected(dataset, chosen, spaces)
    first = np.array([half[chosen] for half in held.first])
    controls = {}
    for context in held.controls:
        for side in ("truth", "model"):
            rows = np.flatnonzero(np.isin(dataset.rows, split.control_half(context, side)))
            rng = rng_for(cells="control", context=context, side=side, repeat=split.repeat)
            controls[context, side] = _projected(dataset, _few(rows, MAX_CONTROLS, rng), spaces)
    return HeldCells(spaces, X, code, first, controls)


def cells_of_prediction(
    prediction: Prediction, query_rows: np.ndarray, shift: np.ndarray, held: HeldCells, at: Context
) -> Pair:
    """Return what a model draws; where it draws nothing, controls moved by its mean shift."""
    control = held.controls[at, "model"]
    spaces = held.spaces
    if prediction.cells is not None and prediction.cell_row is not None:
        place = np.full(len(prediction), -1)
        place[query_rows] = np.arange(len(query_rows))
        row = place[prediction.cell_row]
        order = np.argsort(row, kind="stable")
        order = order[row[order] >= 0]
        drawn = spaces.project(prediction.cells[order])
        return (
            Population(drawn[0], row[order], control[0]),
            Population(drawn[1], row[order], control[1], spaces.columns),
        )
    return moved_controls(shift, held, at)


def moved_controls(shift: np.ndarray, held: HeldCells, at: Context) -> Pair:
    """Return the control cells of the ``model`` half, moved by each of (n, g) shifts.

    What stands for the cells of an answer of means: it says nothing about their spread.
    """
    control, columns = held.controls[at, "model"], (None, held.spaces.columns)
    row = np.repeat(np.arange(len(shift)), len(control[0]))
    cells, panel = (
        Population(
            (c[None] + move[:, None]).reshape(-1, c.shape[1]).astype(np.float32),
            row,
            c,
            names,
            sampled=False,
        )
        for c, move, names in zip(control, held.spaces.project_shift(shift), columns, strict=True)
    )
    return cells, panel


def _chosen(dataset: Dataset, held: HeldOut, split: Split) -> np.ndarray:
    """Positions of the cells that are compared, sorted by condition."""
    parts = []
    order = np.argsort(held.codes, kind="stable")
    bounds = np.searchsorted(held.codes[order], np.arange(len(held.conditions) + 1))
    for i, condition in enumerate(held.conditions):
        rng = rng_for(
            cells=condition, where=condition.context, dataset=dataset.name, repeat=split.repeat
        )
        parts.append(_few(order[bounds[i] : bounds[i + 1]], MAX_CELLS, rng))
    return np.concatenate(parts)


def _few(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return np.sort(rng.choice(rows, most, replace=False))


def _projected(dataset: Dataset, rows: np.ndarray, spaces: Spaces) -> tuple[np.ndarray, np.ndarray]:
    """Project observations block by block; they come back in the order asked for."""
    order = np.argsort(rows, kind="stable")
    part = dataset.take(rows[order])
    components = np.empty((len(rows), spaces.axes.shape[1]), dtype=np.float32)
    panel = np.empty((len(rows), len(spaces.columns)), dtype=np.float32)
    for X, where in part.blocks():
        at = order[where]
        components[at], panel[at] = spaces.project(X)
    return components, panel
