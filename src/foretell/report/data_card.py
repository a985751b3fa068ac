"""Data card: one self-contained HTML file, or Markdown, from the plain form of a card."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from foretell.bench.store import write_text
from foretell.report.card_text import (
    cleaned,
    facts_of,
    headlines_of,
    mapped,
    markdown_of,
)
from foretell.report.charts import Chart, curve, histogram, ranked, scatter
from foretell.report.page import render_page

__all__ = ["render_card", "render_markdown", "write_card", "write_markdown"]

SHOWN = 300  # rows of a table that is not interactive
DIGITS = 4
# table, its column, title, kind (t = text, n = number, y = yes or no)
COLUMNS = (
    ("effects", "n", "Observations", "n"),
    ("effects", "strength", "Strength", "n"),
    ("effects", "n_de", "Genes that differ", "n"),
    ("effects", "p", "p", "n"),
    ("effects", "q", "q", "n"),
    ("effects", "significant", "Effect", "y"),
    ("saturation", "reproducibility", "Reproducible", "n"),
    ("saturation", "more_help", "More would help", "y"),
    ("guides", "n_guides", "Guides", "n"),
    ("guides", "agreement", "Guides agree", "n"),
    ("cells", "median_counts", "Counts", "n"),
    ("cells", "depth_delta", "Depth differs", "n"),
    ("effects", "rms_shift", "Plain shift", "n"),
)


def write_card(card: dict[str, Any], to: Path) -> Path:
    """Write the page and return where it is.

    The file loads nothing: style, script, charts and data are inside it, and its content security
    policy forbids every request.

    Parameters
    ----------
    card : plain form of a card, `DataCard.to_dict`.
    to : file to write.

    Raises
    ------
    StoreProblem
        If the file cannot be written.
    """
    write_text(Path(to), render_card(card))
    return Path(to)


def write_markdown(card: dict[str, Any], to: Path) -> Path:
    """Write the card as Markdown and return where it is."""
    write_text(Path(to), render_markdown(card))
    return Path(to)


def render_markdown(card: dict[str, Any]) -> str:
    """Return the card as Markdown: facts, warnings, and the strongest conditions."""
    return cleaned(markdown_of(card))


def render_card(card: dict[str, Any]) -> str:
    """Return the card as one HTML page."""
    about = card["facts"]
    return render_page(
        "card.html",
        styles="report.css card.css",
        script="card.js",
        data=_data(card),
        title=f"{about['name']} – Foretell data card",
        version=about["versions"]["foretell"],
        card=card,
        facts=facts_of(card),
        mapping=mapped(card),
        headlines=headlines_of(card),
        charts=_charts(card),
        targets=_targets(card),
        contexts=card["tables"]["contexts"][:SHOWN],
        shown=SHOWN,
    )


def _charts(card: dict[str, Any]) -> dict[str, Chart | None]:
    tables, what = card["tables"], card["facts"]["observation"]
    effects, guides = tables["effects"], card["summaries"]["guides"]
    points = card["summaries"]["curve"]["points"]
    walls = [(guides["null_mean"], "floor")] if guides["null_mean"] is not None else []
    known = [p for p in points if p["reproducibility"] is not None]
    return {
        "cells": ranked(
            [(float(r["n"]), "yes") for r in tables["cells"] if not r["is_control"]],
            f"{what.capitalize()} of every condition, from most to fewest",
            "conditions, from most to fewest",
            what,
            log=True,
        ),
        "effects": scatter(
            [
                (r["n"], math.copysign(math.sqrt(abs(r["strength"])), r["strength"]), _mark(r))
                for r in effects
                if r["strength"] is not None
            ],
            "Strength of every condition against its size",
            what,
            "distance in standard deviations",
        ),
        "targets": ranked(
            [
                (r["log_fold_change"], "yes" if r["moved"] else "no")
                for r in tables["targets"]
                if r["log_fold_change"] is not None
            ],
            "Change of every measured target",
            "targets, from most up to most down",
            "log fold change",
            log=False,
        ),
        "guides": histogram(
            [r["agreement"] for r in tables["guides"] if r["agreement"] is not None],
            "How alike the guides of one target are",
            "correlation of the shifts of guides of one target",
            walls,
        ),
        "curve": curve(
            [(p["n_cells"], p["reproducibility"]) for p in known],
            "Reproducibility against size",
            f"{what} per condition",
            "correlation of two repetitions",
        )
        if len(known) > 1
        else None,
        "curve_de": curve(
            [(p["n_cells"], p["n_de"]) for p in points],
            "Genes that differ against size",
            f"{what} per condition",
            "genes that differ",
        )
        if len(points) > 1
        else None,
    }


def _mark(row: dict[str, Any]) -> str:
    return "yes" if row["significant"] else "no"


def _targets(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Targets that were measured, those that did not move first."""
    rows = [r for r in card["tables"]["targets"] if r["log_fold_change"] is not None]
    rank = {False: 0, None: 1, True: 2}
    return sorted(rows, key=lambda r: (rank[r["moved"]], r["target"]))[:SHOWN]


def _data(card: dict[str, Any]) -> dict[str, Any]:
    """Return one row per perturbed condition, column by column, for the table of the page."""
    tables = card["tables"]
    names = [r["condition"] for r in tables["effects"]]
    by_name = {
        table: {r["condition"]: r for r in tables[table]}
        for table in ("saturation", "guides", "cells")
    }
    columns = []
    for table, column, title, kind in COLUMNS:
        if table == "effects":
            values = [r[column] for r in tables["effects"]]
        else:
            values = [by_name[table].get(name, {}).get(column) for name in names]
        if any(v is not None for v in values):
            columns.append({"title": title, "kind": kind, "values": [_short(v) for v in values]})
    moved: dict[str, list[Any]] = {}
    for row in tables["targets"]:
        moved.setdefault(row["condition"], []).append(row["moved"])
    values = [_all_moved(moved.get(name, [])) for name in names]
    if any(v is not None for v in values):
        columns.append({"title": "Target moved", "kind": "y", "values": values})
    return {"name": card["facts"]["name"], "conditions": names, "columns": columns}


def _all_moved(found: list[Any]) -> int | None:
    known = [bool(m) for m in found if m is not None]
    return int(all(known)) if known else None


def _short(value: Any) -> Any:
    """Keep four digits, and write yes and no as 1 and 0."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return int(value) if value == int(value) else float(f"{value:.{DIGITS}g}")
    return value
