"""Conditions: what every model scored on every condition, packed for the page's own script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from foretell.report.panels import Block, Panel

if TYPE_CHECKING:
    import pandas as pd

    from foretell.bench.results import Results

__all__ = ["LIMIT", "STATUSES", "conditions"]

LIMIT = 500_000  # values; a larger study shows its primary metric only
STATUSES = ("ok", "fallback", "abstained", "failed", "n/a")  # worst last
DIGITS = 5


def conditions(results: Results, blocks: Sequence[Block]) -> dict[str, Any]:
    """Return conditions, values and statuses by block, metric and model, as plain JSON.

    Repeats and folds are averaged within a condition, as the leaderboard does. Lists and positions
    stand in place of objects keyed by names, so that no name can mean anything to a script.
    """
    frame = results.evaluation.frame
    is_cut = len(frame) > LIMIT
    if is_cut:
        first = {(block.dataset, block.split): block.primary.name for block in blocks}
        keys = zip(frame["dataset"], frame["split"], strict=True)
        frame = frame[frame["metric"] == [first.get(key, "") for key in keys]]
    observed = {card["name"]: card["observation"] for card in results.study["datasets"]}
    packed = [
        _block(frame, block, is_cut, observed.get(block.dataset, "observations"))
        for block in blocks
    ]
    return {
        "statuses": list(STATUSES),
        "is_cut": is_cut,
        "blocks": [block for block in packed if block["metrics"]],
    }


def _block(frame: pd.DataFrame, block: Block, is_cut: bool, observation: str) -> dict[str, Any]:
    here = frame[(frame["dataset"] == block.dataset) & (frame["split"] == block.split)]
    known = here.drop_duplicates("condition").sort_values(["context", "condition"])
    names = [str(name) for name in known["condition"]]
    reasons: list[str] = []
    panels = block.panels[:1] if is_cut else block.panels
    return {
        "name": f"{block.dataset}, {block.task}",
        "dataset": block.dataset,
        "split": block.split,
        "observation": observation,
        "conditions": names,
        "contexts": [str(name) for name in known["context"]],
        "n_obs": [int(n) for n in known["n_obs"]],
        "metrics": [
            _metric(here[here["metric"] == panel.name], panel, names, reasons)
            for panel in panels
            if (here["metric"] == panel.name).any()
        ],
        "reasons": reasons,
    }


def _metric(
    part: pd.DataFrame, panel: Panel, names: list[str], reasons: list[str]
) -> dict[str, Any]:
    labels = _order(panel, list(dict.fromkeys(map(str, part["model"]))))
    x, y = _chosen(panel, labels)
    return {
        "name": panel.name,
        "digits": panel.digits + 1,
        "higher": bool(panel.metric["higher_is_better"]),
        "marks": [
            [kind, value]
            for kind, value in (
                ("floor", panel.floor_value),
                ("ceiling", panel.ceiling_value),
                ("chance", panel.chance),
            )
            if value is not None and math.isfinite(value)
        ],
        "x": x,
        "y": y,
        "models": [_model(part[part["model"] == label], label, names, reasons) for label in labels],
    }


def _order(panel: Panel, labels: list[str]) -> list[str]:
    """Models as they are ranked, then the rest, the ceiling last."""
    ranked = [str(row["model"]) for row in panel.scored]
    place = {label: i for i, label in enumerate(ranked)} | {panel.ceiling: len(labels) + 1}
    return sorted(labels, key=lambda label: place.get(label, len(labels)))


def _chosen(panel: Panel, labels: list[str]) -> tuple[int, int]:
    """Positions of the floor and of the best model other than the floor."""
    x = labels.index(panel.floor) if panel.floor in labels else 0
    others = [i for i, label in enumerate(labels) if i != x and label != panel.ceiling]
    return x, others[0] if others else min(x + 1, len(labels) - 1)


def _model(rows: pd.DataFrame, label: str, names: list[str], reasons: list[str]) -> dict[str, Any]:
    severity = {status: i for i, status in enumerate(STATUSES)}
    coded = rows.assign(severity=rows["status"].map(lambda s: severity.get(s, 0)))
    grouped = coded.groupby("condition")
    values = grouped["value"].mean().reindex(names)
    worst = grouped["severity"].max().reindex(names)
    given = coded[coded["reason"] != ""].drop_duplicates("condition").set_index("condition")
    said = {str(name): str(reason) for name, reason in given["reason"].items()}
    for reason in said.values():
        if reason not in reasons:
            reasons.append(reason)
    return {
        "label": label,
        "values": [float(f"{v:.{DIGITS}g}") if math.isfinite(v) else None for v in values],
        "status": "".join("-" if s != s else str(int(s)) for s in worst),
        "reasons": [[i, reasons.index(said[n])] for i, n in enumerate(names) if n in said],
    }
