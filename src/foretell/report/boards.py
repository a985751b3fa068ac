"""Boards: the leaderboards of a report, every cell written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.report.claims import headline, trust_note
from foretell.report.forest import Axis, Bar, axis_of
from foretell.report.numbers import EMPTY, count, fixed, interval, letters, megabytes, seconds
from foretell.report.panels import Block, Panel, Row

if TYPE_CHECKING:
    from foretell.bench.results import Results

__all__ = ["Board", "Line", "Table", "boards"]

NOT_INFORMATIVE = "not informative here"
CROWDED = 14.0  # percent of the axis that two labels need


@dataclass(frozen=True, eq=False)
class Line:
    """One model on one metric.

    Parameters
    ----------
    role : ``ceiling``, ``floor``, ``model`` or ``unscored``.
    cells : counts by column, with 0 for none.
    shared : mean value where truth and prediction subtract the same controls, as text.
    """

    role: str
    model: str
    is_baseline: bool
    rank: str
    tie: str
    value: str
    value_interval: str
    calibrated: str
    calibrated_interval: str
    n_conditions: str
    cells: tuple[tuple[str, int], ...]
    shared: str
    wall: str
    memory: str
    bar: Bar | None
    note: str


@dataclass(frozen=True, eq=False)
class Table:
    """A leaderboard for one metric, with the row of the report's first table."""

    panel: Panel
    axis: Axis | None
    ceiling: Line | None
    lines: tuple[Line, ...]
    absent: tuple[tuple[str, str], ...]
    has_shared: bool
    shows_shared: bool
    inflation: float | None

    @property
    def uses_skill(self) -> bool:
        """True where there is no ceiling and an error is compared with the floor's."""
        lower = self.panel.metric["higher_is_better"] is False
        return self.panel.informative is None and lower

    @property
    def floor_at(self) -> float | None:
        """Position of the floor line in percent."""
        return self._at(self.panel.floor_value)

    @property
    def chance_at(self) -> float | None:
        """Position of the chance line in percent."""
        return self._at(self.panel.chance)

    @property
    def band_at(self) -> tuple[float, float] | None:
        """Start and width of the ceiling's band in percent, cut at the axis."""
        axis, band = self.axis, self.panel.band
        if axis is None or band is None or band[1] < axis.low or band[0] > axis.high:
            return None
        start, end = (min(max(axis.percent(v), 0.0), 100.0) for v in band)
        return start, max(end - start, 0.3)

    def _at(self, value: float | None) -> float | None:
        if self.axis is None or value is None or not self.axis.holds(value):
            return None
        return self.axis.percent(value)

    @property
    def labels(self) -> list[tuple[str, float]]:
        """Names over the reference lines and their positions; none where they would collide."""
        middle = None if self.band_at is None else self.band_at[0] + self.band_at[1] / 2
        places = (("floor", self.floor_at), ("ceiling", middle), ("chance", self.chance_at))
        shown: list[tuple[str, float]] = []
        for name, x in places:
            if x is not None and all(abs(x - other) > CROWDED for _, other in shown):
                shown.append((name, round(x, 2)))
        return shown

    @property
    def n_na(self) -> int:
        """Conditions that the metric is not available for, under the ceiling or everybody."""
        row = self.panel.ceiling_row
        return int((row or {}).get("n_na") or 0)

    @property
    def floor_text(self) -> str:
        """Mean of the floor."""
        return fixed(self.panel.floor_value, self.panel.digits)

    @property
    def ceiling_text(self) -> str:
        """Mean of the ceiling."""
        return fixed(self.panel.ceiling_value, self.panel.digits)

    @property
    def band_text(self) -> str:
        """Interval of the ceiling."""
        low, high = self.panel.band or (None, None)
        return interval(low, high, self.panel.digits)

    @property
    def drf_text(self) -> str:
        """Part of the way from floor to perfection that the ceiling covers."""
        return self._trusted("drf")

    @property
    def bds_text(self) -> str:
        """Share of conditions in which the ceiling beats the floor."""
        return self._trusted("bds")

    def _trusted(self, name: str) -> str:
        row = self.panel.trust
        value = row.get(name)
        if value is None:
            return EMPTY
        return f"{fixed(value)} {interval(row[f'{name}_low'], row[f'{name}_high'])}"

    @property
    def better_text(self) -> str:
        """Which way is better."""
        higher = self.panel.metric["higher_is_better"]
        return "description" if higher is None else "higher ↑" if higher else "lower ↓"

    @property
    def chance_text(self) -> str:
        """Value at chance; a word where it depends on the condition."""
        chance = self.panel.metric.get("chance")
        return chance if isinstance(chance, str) else fixed(chance, 1)

    @property
    def note(self) -> str:
        """What a reader has to know before trusting the metric here."""
        return trust_note(self.panel)


@dataclass(frozen=True, eq=False)
class Board:
    """One data set under one task: a headline, and a leaderboard per metric."""

    block: Block
    headline: Any
    tables: tuple[Table, ...]


def boards(results: Results, blocks: Sequence[Block]) -> list[Board]:
    """Write out every leaderboard."""
    baselines = {m["label"] for m in results.study["models"] if m["family"] == "baselines"}
    inflation = _inflation(results)
    return [
        Board(
            block,
            headline(block),
            tuple(_table(panel, baselines, inflation) for panel in block.panels),
        )
        for block in blocks
    ]


def _inflation(results: Results) -> dict[tuple[str, str], float]:
    """Mean correlation that shared control noise alone gives, by data set and split."""
    frame = results.evaluation.frame
    shared = frame[frame["inflation"] > 0]
    return {
        (str(dataset), str(split)): float(part["inflation"].mean())
        for (dataset, split), part in shared.groupby(["dataset", "split"])
    }


def _table(panel: Panel, baselines: set[str], inflation: dict[tuple[str, str], float]) -> Table:
    axis = axis_of(panel)
    row = panel.ceiling_row
    absent = {r["model"]: r["reason"] or "" for r in panel.absent}
    return Table(
        panel=panel,
        axis=axis,
        ceiling=None if row is None else _line(row, panel, axis, baselines),
        lines=tuple(_line(r, panel, axis, baselines) for r in (*panel.scored, *panel.unscored)),
        absent=tuple(absent.items()),
        has_shared=any(r["n_shared_control"] for r in panel.rows),
        shows_shared=any(r["shared"] is not None for r in panel.rows),
        inflation=inflation.get((panel.dataset, panel.split)),
    )


def _line(row: Row, panel: Panel, axis: Axis | None, baselines: set[str]) -> Line:
    role = "model" if row["value"] is not None else "unscored"
    if row is panel.ceiling_row:
        role = "ceiling"
    elif row["model"] == panel.floor:
        role = "floor"
    calibrated, calibrated_interval = _calibrated(row, panel)
    return Line(
        role=role,
        model=row["model"],
        is_baseline=row["model"] in baselines,
        rank=_rank(row),
        tie=letters(row["tie_group"]),
        value=fixed(row["value"], panel.digits),
        value_interval=interval(row["low"], row["high"], panel.digits),
        calibrated=calibrated,
        calibrated_interval=calibrated_interval,
        n_conditions=count(row["n_conditions"] or 0),
        cells=tuple(
            (name, int(row[f"n_{name}"] or 0))
            for name in ("na", "fallback", "abstained", "failed", "shared_control")
        ),
        shared=fixed(row["shared"], panel.digits),
        wall=seconds(row["wall_s"]),
        memory=megabytes(row["peak_mb"]),
        bar=None if axis is None else axis.bar(row),
        note=row["reason"] or "" if row["status"] != "ok" or role == "unscored" else "",
    )


def _rank(row: Row) -> str:
    """Place by the mean, and the places that differences leave open."""
    if row["rank"] is None:
        return ""
    low, high = row["rank_low"], row["rank_high"]
    if low is None or high is None:
        return count(row["rank"])
    return f"{count(row['rank'])} [{low:.0f}–{high:.0f}]"


def _calibrated(row: Row, panel: Panel) -> tuple[str, str]:
    """Calibrated score and interval; without a ceiling, the skill of an error."""
    if panel.informative is None:
        skill = row["skill"]
        return (fixed(skill) if skill is not None else EMPTY), ""
    if row is panel.ceiling_row:
        return ("1.00", "") if panel.informative else (NOT_INFORMATIVE, "")
    if row["value"] is None:
        return EMPTY, ""
    if not row["is_informative"]:
        return NOT_INFORMATIVE, ""
    if row["model"] == panel.floor:
        return "0.00", ""
    ends = interval(row["calibrated_low"], row["calibrated_high"])
    return fixed(row["calibrated"]), ends
