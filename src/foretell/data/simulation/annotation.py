"""Annotation of cells and genes, equal for screens in memory and on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from foretell.data.simulation.counts import CellBlock
from foretell.data.simulation.plan import CONTROL, Plan
from foretell.data.simulation.screen import Screen
from foretell.data.simulation.truth import GroundTruth

if TYPE_CHECKING:
    from pandas import Categorical, DataFrame

__all__ = ["CellLog", "annotate_genes", "describe"]


class CellLog:
    """Codes of the cells seen so far: some 25 bytes per cell, whatever the number of genes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._columns: dict[str, list[np.ndarray]] = {
            name: [] for name in ("context", "perturbation", "batch", "guides", "is_effective")
        }

    def add(self, block: CellBlock) -> None:
        """Note the cells of a block."""
        for name, column in self._columns.items():
            column.append(getattr(block, name))

    def tabulate(self) -> DataFrame:
        """Return `obs` of all cells noted.

        Columns `perturbation`, `cell_type`, `batch` and `guide` are categorical.
        """
        from pandas import DataFrame

        plan = self._plan
        codes = {name: np.concatenate(column) for name, column in self._columns.items()}
        guide, names = _name_guides(codes["guides"], plan.guides)
        n = len(guide)
        width = max(7, len(str(n)))
        return DataFrame(
            {
                "perturbation": _label(codes["perturbation"] + 1, [CONTROL, *plan.labels]),
                "cell_type": _label(codes["context"], plan.contexts),
                "batch": _label(codes["batch"], plan.batches),
                "guide": _label(guide, names),
                "is_effective": codes["is_effective"],
            },
            index=_text([f"cell{i:0{width}d}" for i in range(1, n + 1)]),
        )


def annotate_genes(truth: GroundTruth) -> DataFrame:
    """Return `var`: names, and which genes are regulators in any context."""
    from pandas import DataFrame

    regulates = np.zeros(truth.genes.size, dtype=bool)
    for A in truth.networks:
        regulates |= np.diff(A.indptr) > 0
    return DataFrame({"is_regulator": regulates}, index=_text(truth.genes))


def describe(screen: Screen) -> dict[str, str]:
    """Return `uns`: what the values are, and the specification as JSON.

    `Screen(**json.loads(uns["screen"]))` is the specification again.
    """
    return {"value_scale": "counts", "screen": json.dumps(asdict(screen))}


def _name_guides(guides: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Turn pairs of guide rows (n, 2), -1 = none, into codes (n,) and their names."""
    key = guides[:, 0].astype(np.int64) * (len(names) + 1) + guides[:, 1] + 1
    _, first, codes = np.unique(key, return_index=True, return_inverse=True)
    pairs = guides[first]
    return codes, ["+".join(names[g] for g in pair if g >= 0) for pair in pairs]


def _label(codes: np.ndarray, names: Sequence[str]) -> Categorical:
    from pandas import Categorical, Index

    return Categorical.from_codes(codes.astype(np.int64), Index(_text(names)))


def _text(values: Sequence[str] | np.ndarray) -> np.ndarray:
    """Return Python strings: fixed-width numpy text is not what pandas and HDF5 expect."""
    return np.array([str(value) for value in values], dtype=object)
