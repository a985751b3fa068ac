"""Make: repeated splits of the conditions of a data set, in folds or drawn whole, audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit, Leakage, shorten
from foretell.core.halves import ControlHalves, halve
from foretell.core.seeds import rng_for
from foretell.core.split import Split
from foretell.core.task import Task
from foretell.splits.audit import audit, row_signatures
from foretell.splits.rules import Rule, find_rule, task_files
from foretell.splits.sides import Asked, Sides

__all__ = ["MIN_CONTROL_CELLS", "MIN_CONTROL_SAMPLES", "control_halves", "make", "task_files"]

MIN_CONTROL_CELLS, MIN_CONTROL_SAMPLES = 40, 8


def make(
    dataset: Dataset,
    task: Task | str | None = None,
    *,
    rule: str = "",
    options: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
    folds: int = 5,
    repeats: int = 1,
    calibration: float = 0.0,
    seed: int = 0,
    allow_leaks: bool = False,
    name: str = "",
) -> list[Split]:
    """Divide the conditions: in folds that test every unit once per repeat, or as the rule draws.

    Parameters
    ----------
    task : a `Task`, or its name; may be left out where the rule says it.
    rule : a file of ``foretell.splits``; the task's own where empty.
    options : of the rule, see its file.
    folds : number of folds, at least 2; more folds than units leaves one unit out at a time.
        Rules that draw whole splits make one per repeat.
    repeats : times that the whole cross-validation is drawn anew, with new control halves.
    calibration : share of the training units kept for calibration, by the task's own rule.
    seed : axis of every draw.
    allow_leaks : keep splits that the audit calls leaky; they say so.
    name : how tables call the splits; the task where empty.

    Returns
    -------
    Splits in the order of repeats, then folds.
    """
    chosen = find_rule(rule, task, options)
    signatures = row_signatures(dataset)
    splits: list[Split] = []
    for repeat in range(repeats):
        rng = rng_for(dataset=dataset.name, split=chosen.axis, repeat=repeat, seed=seed)
        halves = control_halves(dataset, rng)
        asked = Asked(dataset, chosen.task, halves, rng, calibration, repeat)
        for fold, sides in _divisions(chosen, asked, folds):
            sides = chosen.finish(sides, asked)
            axes = {"seed": seed, "repeat": repeat, "fold": fold, "name": name}
            split = _split(sides, chosen, asked, **axes)
            splits.append(_audited(split, dataset, signatures, sides, allow_leaks))
    if not splits:
        problem = f"'{dataset.name}' has nothing to test for {chosen.task}"
        raise EmptySplit(problem, _way_out(dataset))
    return splits


def control_halves(dataset: Dataset, rng: np.random.Generator) -> tuple[ControlHalves, ...]:
    """Divide the controls of every context, stratified by block, unless they are too few."""
    if dataset.scale.is_relative:
        return ()
    cells = dataset.mapping.observation == "cells"
    fewest = MIN_CONTROL_CELLS if cells else MIN_CONTROL_SAMPLES
    is_control = np.array([c.is_control for c in dataset.conditions])[dataset.codes]
    context_of = [c.context for c in dataset.conditions]
    halves = []
    for context in dataset.contexts:
        here = np.array([c == context for c in context_of])[dataset.codes] & is_control
        rows = dataset.rows[here]
        if len(rows) < fewest:
            halves.append(ControlHalves(context, rows, rows, shared=True))
            continue
        first = halve(dataset.block_codes[here], rng)
        halves.append(ControlHalves(context, rows[first], rows[~first], shared=False))
    return tuple(halves)


def _divisions(rule: Rule, asked: Asked, folds: int) -> Iterator[tuple[int, Sides]]:
    """Yield the divisions of one repeat that have something to test, with their number."""
    if rule.is_drawn:
        for fold, sides in enumerate(rule.draw(asked)):
            if sides.test:
                yield fold, _calibrated_draw(sides, rule, asked)
        return
    for fold, held in enumerate(_folds(asked.dataset, rule, folds, asked.rng)):
        train, test = rule.divide(asked.dataset.perturbed, held, asked.rng)
        if test:
            yield fold, _calibrated(Sides(train, test), rule, asked)


def _folds(
    dataset: Dataset, rule: Rule, folds: int, rng: np.random.Generator
) -> list[list[object]]:
    units = rule.units(dataset.perturbed)
    if len(units) < 2 or folds < 2:
        raise EmptySplit(
            f"{rule.task} needs at least two folds, and '{dataset.name}' has {len(units)} units to "
            f"divide ({shorten(units, 4)})",
            _way_out(dataset),
        )
    order = rng.permutation(len(units))
    k = min(folds, len(units))
    families = [rule.family(units[i]) for i in order]
    if families[0] is None:
        return [[units[i] for i in part] for part in np.array_split(order, k)]
    first = {family: place for place, family in reversed(list(enumerate(families)))}
    dealt = order[np.argsort([first[family] for family in families], kind="stable")]
    return [[units[i] for i in dealt[fold::k]] for fold in range(k)]


def _calibrated_draw(sides: Sides, rule: Rule, asked: Asked) -> Sides:
    """Keep calibration conditions by the task's own rule, where the drawing rule kept none."""
    if sides.calibration is not None or rule.task.name not in task_files():
        return sides
    own = find_rule("", rule.task)
    return sides if own.is_drawn else _calibrated(sides, own, asked)


def _calibrated(sides: Sides, rule: Rule, asked: Asked) -> Sides:
    """Keep a share of the training units for calibration, hidden by the rule itself."""
    if asked.calibration <= 0:
        return sides
    tested = set(rule.units_of(sides.test))
    units = [unit for unit in rule.units(sides.train) if unit not in tested]
    n = int(np.clip(round(asked.calibration * len(units)), 1, max(1, len(units) - 1)))
    order = _spread([units[i] for i in asked.rng.permutation(len(units))], rule)
    fitted, kept = rule.give_back(sides, *rule.divide(sides.train, order[:n], asked.rng))
    return replace(sides, train=fitted, calibration=kept)


def _spread(units: list[Any], rule: Rule) -> list[Any]:
    """Order units so that every family has its first before any has its second."""
    count: Counter[object] = Counter()
    rank = []
    for unit in units:
        family = rule.family(unit)
        rank.append(0 if family is None else count[family])
        count[family] += 1
    return [units[i] for i in np.argsort(rank, kind="stable")]


def _split(sides: Sides, rule: Rule, asked: Asked, **axes: Any) -> Split:
    return Split(
        task=rule.task,
        train=tuple(sides.train),
        calibration=tuple(sides.calibration or ()),
        test=tuple(sides.test),
        halves=asked.halves,
        dataset=asked.dataset.fingerprint,
        held_rows=sides.held_rows,
        calibration_rows=sides.calibration_rows,
        rule=rule.name,
        options=rule.given,
        distance=sides.distance,
        **axes,
    )


def _audited(
    split: Split, dataset: Dataset, signatures: np.ndarray, sides: Sides, allow_leaks: bool
) -> Split:
    split = replace(split, audit=(*audit(split, dataset, signatures), *sides.notes))
    leaks = [finding for finding in split.audit if finding.is_leak and finding.count]
    if leaks and not allow_leaks:
        raise Leakage(
            f"{split.task} of '{dataset.name}' leaks: "
            + "; ".join(f"{f.check}: {f.count} ({f.detail})" for f in leaks),
            "remove duplicated observations from the file, divide by a rule that hides what the "
            "task says is unseen, or pass allow_leaks to go on with a marked split",
        )
    return split


def _way_out(dataset: Dataset) -> str:
    orders = [c.perturbation.order for c in dataset.perturbed]
    return (
        f"it has {sum(o == 1 for o in orders)} single and {sum(o > 1 for o in orders)} combined "
        f"perturbed conditions in {len(dataset.contexts)} contexts; choose a task that fits"
    )
