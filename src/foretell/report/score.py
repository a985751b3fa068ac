"""Score report: one self-contained page, and the tables behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import foretell
from foretell.bench.score import ORACLE
from foretell.bench.store import write_text
from foretell.core.folder import atomic_file
from foretell.core.registry import find
from foretell.report.numbers import EMPTY
from foretell.report.page import render_page

if TYPE_CHECKING:
    from foretell.bench.score import ScoredPrediction

__all__ = ["board_cells", "render_score", "write_score"]


def write_score(scored: ScoredPrediction, folder: Path) -> Path:
    """Write ``score.html``, ``board.csv``, ``scores.parquet`` and ``score.json``; return the page.

    The JSON holds the board and all that is needed to make it again.
    """
    folder = Path(folder)
    page = folder / "score.html"
    write_text(page, render_score(scored))
    write_text(folder / "board.csv", scored.board.to_csv(index=False))
    atomic_file(folder / "scores.parquet", lambda part: scored.table.to_parquet(part, index=False))
    record = {
        "foretell": foretell.__version__,
        "about": scored.about,
        "floor": scored.floor,
        "notes": list(scored.notes),
        "board": json.loads(scored.board.to_json(orient="records")),
    }
    write_text(folder / "score.json", json.dumps(record, indent=1) + "\n")
    return page


def render_score(scored: ScoredPrediction) -> str:
    """Render the page."""
    name = Path(str(scored.about.get("pred", "prediction"))).name
    worst = scored.table[scored.table["status"] == "missing"]["condition"].unique()
    return render_page(
        "score.html",
        styles="report.css",
        script="score.js",
        data={},
        title=f"{name} – Foretell score",
        version=foretell.__version__,
        name=name,
        about=scored.about,
        floor=scored.floor,
        oracle=ORACLE,
        notes=scored.notes,
        rows=[board_cells(row) for row in scored.board.to_dict("records")],
        missing=list(worst),
    )


def board_cells(row: dict[Any, Any]) -> dict[str, str]:
    """Return one row of the board as texts."""
    metric = find("metrics")[str(row["metric"])]
    arrow = {True: "↑", False: "↓", None: ""}[metric.higher_is_better]
    return {
        "metric": f"{row['metric']} {arrow}".strip(),
        "value": _with_interval(row, "value", "low", "high"),
        "floor": _number(row["floor"]),
        "ceiling": _number(row["ceiling"]),
        "calibrated": _with_interval(row, "calibrated", "calibrated_low", "calibrated_high"),
        "crossed": _with_calibrated(row),
        "inflation": _number(row["inflation"]) if row["inflation"] else EMPTY,
        "oracle": _number(row["oracle"]),
        "n": str(row["n_conditions"]),
        "missing": str(row["n_missing"] or ""),
        "why": _why(row),
        "formula": metric.formula,
    }


def _with_calibrated(row: dict[Any, Any]) -> str:
    text, calibrated = _number(row["crossed"]), _number(row["calibrated_crossed"])
    return text if calibrated == EMPTY else f"{text} ({calibrated})"


def _why(row: dict[Any, Any]) -> str:
    if row["n_na"]:
        return f"{row['n_na']} not available: {row['reason']}"
    return "" if row["is_informative"] else "not informative here"


def _with_interval(row: dict[Any, Any], middle: str, low: str, high: str) -> str:
    text = _number(row[middle])
    if text == EMPTY or _number(row[low]) == EMPTY:
        return text
    return f"{text} [{_number(row[low])}, {_number(row[high])}]"


def _number(value: Any) -> str:
    """Three decimals, or as many as three digits need."""
    if value is None or value != value:
        return EMPTY
    number = float(value)
    return f"{number:.2e}" if 0 < abs(number) < 0.001 else f"{number:.3f}"
