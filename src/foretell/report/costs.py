"""Costs: time and memory of every model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.report.numbers import megabytes, seconds
from foretell.report.panels import Block

if TYPE_CHECKING:
    import pandas as pd

    from foretell.bench.results import Results

__all__ = ["Cost", "costs"]


@dataclass(frozen=True)
class Cost:
    """One model on one data set under one task; `share` is its bar in percent of the longest."""

    model: str
    n_fits: int
    n_failed: int
    wall: str
    cpu: str
    memory: str
    share: float


def costs(results: Results, blocks: Sequence[Block]) -> list[tuple[Block, list[Cost]]]:
    """Return medians over fits of time, and the peak of memory, slowest first."""
    found = []
    for block in blocks:
        runs = results.runs
        here = runs[(runs["dataset"] == block.dataset) & (runs["split"] == block.split)]
        if len(here):
            found.append((block, _costs(here)))
    return found


def _costs(runs: pd.DataFrame) -> list[Cost]:
    by_model = runs.groupby("model", sort=False)
    walls = by_model["wall_s"].median()
    longest = float(walls.max())
    order = walls.sort_values(ascending=False, na_position="last").index
    rows = []
    for model in order:
        part = by_model.get_group(model)
        wall = float(walls[model])
        rows.append(
            Cost(
                model=str(model),
                n_fits=len(part),
                n_failed=int((part["status"] != "done").sum()),
                wall=seconds(wall),
                cpu=seconds(float(part["cpu_s"].median())),
                memory=megabytes(float(part["peak_mb"].max())),
                share=round(100 * wall / longest, 2) if wall == wall and longest > 0 else 0.0,
            )
        )
    return rows
