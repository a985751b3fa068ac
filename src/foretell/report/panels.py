"""Panels: the leaderboard of a study, taken apart by data set, split and metric."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from foretell.bench.results import primary_of
from foretell.report.numbers import clean, decimals

if TYPE_CHECKING:
    from foretell.bench.results import Results

__all__ = ["MIN_CONDITIONS", "Block", "Panel", "blocks_of"]

MIN_CONDITIONS = 8  # below this many conditions nothing is ranked

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Panel:
    """One metric on one data set under one task.

    Parameters
    ----------
    metric : card of the metric.
    floor, ceiling : labels of the reference rows; floor is None where the study has none.
    rows : rows of the leaderboard, missing values as None.
    is_primary : True for the metric that headlines are about.
    trust : row of the table of trust, missing values as None; empty for a description.
    """

    dataset: str
    split: str
    metric: dict[str, Any]
    floor: str | None
    ceiling: str
    rows: tuple[Row, ...]
    is_primary: bool
    trust: Row = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the metric."""
        return str(self.metric["name"])

    @cached_property
    def ceiling_row(self) -> Row | None:
        """The technical duplicate, or None."""
        return next((row for row in self.rows if row["model"] == self.ceiling), None)

    @cached_property
    def scored(self) -> list[Row]:
        """Models with a score: best first where they are ranked, by name where they are not."""
        rows = [r for r in self.rows if r["value"] is not None and r["model"] != self.ceiling]
        return sorted(rows, key=lambda r: (r["rank"] is None, r["rank"] or 0, r["model"]))

    @property
    def is_ranked(self) -> bool:
        """Whether the data allow an order: enough conditions, and a ceiling beyond the floor."""
        return any(row["rank"] is not None for row in self.scored)

    @cached_property
    def unscored(self) -> list[Row]:
        """Models that were run, or should have been, and have no score."""
        named = (self.ceiling_row, *self.scored, *self.absent)
        return [row for row in self.rows if not any(row is other for other in named)]

    @cached_property
    def absent(self) -> list[Row]:
        """Models that do not declare the task."""
        return [row for row in self.rows if row["status"] == "not applicable"]

    @cached_property
    def floor_row(self) -> Row | None:
        """The floor as a model with a score, or None."""
        return next((row for row in self.scored if row["model"] == self.floor), None)

    @property
    def floor_value(self) -> float | None:
        """Mean of the floor."""
        if self.floor_row is not None:
            return float(self.floor_row["value"])
        return next((r["floor"] for r in self.rows if r["floor"] is not None), None)

    @property
    def ceiling_value(self) -> float | None:
        """Mean of the ceiling."""
        if self.ceiling_row is None:
            return None
        value = self.ceiling_row["value"]
        return None if value is None else float(value)

    @property
    def band(self) -> tuple[float, float] | None:
        """Interval of the ceiling."""
        row = self.ceiling_row
        if row is None or row["low"] is None or row["high"] is None:
            return None
        return float(row["low"]), float(row["high"])

    @property
    def chance(self) -> float | None:
        """Value of an uninformative answer, where it is one number."""
        chance = self.metric.get("chance")
        return float(chance) if isinstance(chance, (int, float)) else None

    @property
    def informative(self) -> bool | None:
        """Whether the ceiling is better than the floor beyond doubt; None without a ceiling.

        None for a description too, which has no better and worse.
        """
        if self.metric["higher_is_better"] is None:
            return None
        if self.ceiling_value is None or self.floor_value is None or self.ceiling_row is None:
            return None
        return bool(self.ceiling_row["is_informative"])

    @property
    def n_conditions(self) -> int:
        """Conditions that anybody was scored on."""
        return max((int(row["n_conditions"] or 0) for row in self.rows), default=0)

    @cached_property
    def digits(self) -> int:
        """Decimals of raw values."""
        known = [row["value"] for row in self.rows if row["value"] is not None]
        return decimals(
            ((row["low"], row["high"]) for row in self.rows), max(map(abs, known), default=0.1)
        )

    def is_better(self, a: float, b: float) -> bool:
        """Return whether a value is better than another."""
        return a > b if self.metric["higher_is_better"] else a < b


@dataclass(frozen=True, eq=False)
class Block:
    """One data set under one task, with a panel per metric, the primary one first."""

    dataset: str
    split: str
    panels: tuple[Panel, ...]

    @property
    def primary(self) -> Panel:
        """The panel that headlines are about."""
        return self.panels[0]

    @property
    def task(self) -> str:
        """The split, in words."""
        return self.split.replace("_", " ")


def blocks_of(results: Results) -> list[Block]:
    """Return the blocks of a study, in its order."""
    study = results.study
    cards = {card["name"]: card for card in study["metrics"]}
    trusted = {
        (row["dataset"], row["split"], row["metric"]): clean({str(k): v for k, v in row.items()})
        for row in results.trust.to_dict("records")
    }
    grouped: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for record in results.leaderboard.to_dict("records"):
        row = clean({str(key): value for key, value in record.items()})
        by_metric = grouped.setdefault((row["dataset"], row["split"]), {})
        by_metric.setdefault(row["metric"], []).append(row)
    blocks = []
    for (dataset, split), by_metric in grouped.items():
        panels = [
            Panel(
                dataset=dataset,
                split=split,
                metric=cards.get(name, {"name": name, "higher_is_better": True}),
                floor=study["floors"].get(split),
                ceiling=study["ceiling"],
                rows=tuple(rows),
                is_primary=name == primary_of(study, dataset),
                trust=trusted.get((dataset, split, name), {}),
            )
            for name, rows in by_metric.items()
        ]
        panels.sort(key=lambda panel: not panel.is_primary)
        blocks.append(Block(dataset, split, tuple(panels)))
    return blocks
