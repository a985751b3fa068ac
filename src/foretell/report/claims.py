"""Claims: sentences about a study, none of which says more than its tables do."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from foretell.report.numbers import fixed, interval, plural
from foretell.report.panels import MIN_CONDITIONS, Block, Panel, Row

if TYPE_CHECKING:
    from foretell.bench.results import Results

__all__ = ["asked", "headline", "trust_note"]

SHOWN = 4  # names in a list before it is cut


def asked(results: Results, blocks: Sequence[Block]) -> str:
    """Say in words what was crossed."""
    study = results.study
    n_models, n_metrics = len(study["models"]), len(study["metrics"])
    tasks = _join(list(dict.fromkeys(_several(block.task) for block in blocks))) or "nothing"
    data = _join([_dataset(d) for d in study["datasets"]]) or "no data set"
    question = (
        f"How well does one model predict {tasks}?"
        if n_models == 1
        else f"Which of {n_models} models best predicts {tasks}?"
    )
    first = _join(list(dict.fromkeys(block.primary.name for block in blocks)) or [study["primary"]])
    judged = plural(n_metrics, "metric") + (f", {first} first" if n_metrics > 1 else f", {first}")
    return f"{question} Asked on {data}; judged by {judged}."


def _several(task: str) -> str:
    """Write a task in the plural: unseen combinations (2 parts seen)."""
    noun = re.split(r" \(|, ", task)[0]
    return f"{noun}s{task[len(noun) :]}"


def _dataset(card: dict[str, Any]) -> str:
    treated = int(card["n_single"]) + int(card["n_combined"])
    part = f", a subset of {card['subset_of']}" if card.get("subset_of") else ""
    what = str(card["observation"])
    return (
        f"{card['name']}{part} ({plural(int(card['n_obs']), what.removesuffix('s'), what)}, "
        f"{plural(int(card['n_genes']), 'gene')}, {plural(treated, 'perturbed condition')} in "
        f"{plural(len(card['contexts']), 'context')})"
    )


def headline(block: Block) -> Markup:
    """Say in one sentence what the primary metric shows, and nothing that it does not."""
    panel = block.primary
    floor_failed = panel.floor_row is not None and panel.floor_row["status"] == "failed"
    if not panel.scored:
        return Markup("Nothing could be scored by <code>{}</code>; see what failed.").format(
            panel.name
        )
    if panel.floor_row is None or floor_failed:
        return Markup(
            "The floor is missing or failed, so no model can be placed against it; see what failed."
        )
    n = panel.n_conditions
    if n < MIN_CONDITIONS:
        return Markup(
            "{} tested: cases, without intervals and without a ranking ({} are needed)."
        ).format(plural(n, "condition was", "conditions were"), MIN_CONDITIONS)
    if panel.informative is False:
        return _uninformative(block)
    return _verdict(panel, panel.floor_row)


def _uninformative(block: Block) -> Markup:
    panel = block.primary
    better = [p.name for p in block.panels if p.informative]
    rest = (
        Markup(" Informative here: {}.").format(_join(better))
        if better
        else Markup(" No metric of this study is informative here.")
    )
    return (
        Markup(
            "<code>{}</code> says nothing here: a technical duplicate is not better than the "
            "floor ({}) beyond doubt."
        ).format(panel.name, panel.floor)
        + rest
    )


def _verdict(panel: Panel, floor: Row) -> Markup:
    own = (row for row in panel.scored if row is floor or not _is_stand_in(row))
    leader = next(own, floor)
    better = [row for row in panel.scored if _beats_floor(panel, row, floor)]
    name = Markup("<strong>{}</strong>").format(leader["model"])
    if leader is floor:
        return Markup("No model is better than the floor, {}.").format(name)
    if leader in better:
        return Markup("{} leads{}, better than the floor ({}) beyond doubt{}.").format(
            name, _placed(panel, leader), panel.floor, _ties(panel, leader)
        )
    if better:
        names = [row["model"] for row in better]
        return Markup(
            "{} has the best mean{}, but only {} better than the floor ({}) beyond doubt."
        ).format(
            name,
            _placed(panel, leader),
            _join(names) + (" is" if len(names) == 1 else " are"),
            panel.floor,
        )
    return Markup(
        "No model is better than the floor ({}) beyond doubt; {} has the best mean{}."
    ).format(panel.floor, name, _placed(panel, leader))


def _is_stand_in(row: Row) -> bool:
    """Return whether nothing of a model's own was predicted: a fallback, or the floor's score."""
    missing = (row["n_failed"] or 0) + (row["n_abstained"] or 0) + (row["n_fallback"] or 0)
    is_floors = math.isclose(row["value"], row["floor"], rel_tol=1e-9)
    return bool(missing) and (is_floors or missing >= (row.get("n_predictions") or math.inf))


def _beats_floor(panel: Panel, row: Row, floor: Row) -> bool:
    """Whether a paired interval of the difference to the floor excludes zero, in every table."""
    if row is floor or _is_stand_in(row):
        return False
    if row["tie_group"] is None or row["tie_group"] >= (floor["tie_group"] or 0):
        return False
    if panel.informative:
        return bool(row["calibrated_low"] is not None and row["calibrated_low"] > 0)
    return row is panel.scored[0]  # without a ceiling only the leader was compared with the floor


def _placed(panel: Panel, row: Row) -> Markup:
    if not panel.informative:
        return Markup(" (no ceiling here to calibrate against)")
    return Markup(" (calibrated {}, 95% interval {})").format(
        fixed(row["calibrated"]), interval(row["calibrated_low"], row["calibrated_high"])
    )


def _ties(panel: Panel, leader: Row) -> Markup:
    group = [row["model"] for row in panel.scored if row["tie_group"] == leader["tie_group"]]
    tied = [model for model in group if model != leader["model"]]
    if not tied:
        return Markup(" and ahead of every other model")
    return Markup(", and cannot be told apart from {}").format(_join(tied))


def trust_note(panel: Panel) -> str:
    """Say what a reader of one metric on one data set has to know."""
    notes = []
    if panel.n_conditions == 0:
        reasons = [row["reason"] for row in panel.rows if row["status"] == "n/a" and row["reason"]]
        return f"not available: {reasons[0]}" if reasons else "not available"
    if panel.informative is None:
        notes.append("no ceiling: there are no duplicates to compare with")
    elif not panel.informative:
        notes.append(_why_uninformative(panel))
    elif (calibrated := _calibrated_chance(panel)) is not None:
        notes.append(
            f"the floor is worse than chance: an answer at chance is calibrated {fixed(calibrated)}"
        )
    if n_shared := max((int(row["n_shared_control"] or 0) for row in panel.rows), default=0):
        notes.append(f"controls are shared in {plural(n_shared, 'condition')}")
    judged, _, why = str(panel.trust.get("verdict") or "").partition(": ")
    if why and judged in ("trust", "with care"):
        notes.insert(0, f"{judged}: {why}")
    if 0 < panel.n_conditions < MIN_CONDITIONS:
        notes.append(f"fewer than {MIN_CONDITIONS} conditions: no ranking")
    return "; ".join(notes)


def _why_uninformative(panel: Panel) -> str:
    floor, ceiling = panel.floor_value, panel.ceiling_value
    if floor is not None and ceiling is not None and panel.is_better(floor, ceiling):
        return "the floor is better than a technical duplicate"
    return "the interval of ceiling minus floor covers zero"


def _calibrated_chance(panel: Panel) -> float | None:
    """Calibrated score of chance, where the floor's interval lies on the wrong side of it."""
    row, chance, ceiling = panel.floor_row, panel.chance, panel.ceiling_value
    if row is None or chance is None or ceiling is None or row["high"] is None:
        return None
    end = row["high"] if panel.metric["higher_is_better"] else row["low"]
    if not panel.is_better(chance, float(end)):
        return None
    return (chance - float(row["value"])) / (ceiling - float(row["value"]))


def _join(names: Sequence[str]) -> str:
    """Write a list of names as English does, cut after a few."""
    names = [str(name) for name in names]
    if len(names) > SHOWN:
        names = [*names[: SHOWN - 1], f"{len(names) - SHOWN + 1} others"]
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]
