"""Make: k-fold, repeated splits of the conditions of a data set, audited."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np

import foretell.splits
from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit, Leakage, UnknownName, did_you_mean, shorten
from foretell.core.halves import ControlHalves, halve
from foretell.core.seeds import rng_for
from foretell.core.split import Split
from foretell.core.task import Task
from foretell.splits.audit import audit, row_signatures

__all__ = ["MIN_CONTROL_CELLS", "MIN_CONTROL_SAMPLES", "control_halves", "make", "task_files"]

MIN_CONTROL_CELLS, MIN_CONTROL_SAMPLES = 40, 8


def make(
    dataset: Dataset,
    task: Task | str,
    *,
    folds: int = 5,
    repeats: int = 1,
    calibration: float = 0.0,
    seed: int = 0,
    allow_leaks: bool = False,
) -> list[Split]:
    """Divide the conditions into folds, every one of which is tested once per repeat.

    Parameters
    ----------
    task : a `Task`, or its name.
    folds : number of folds, at least 2; more folds than units leaves one unit out at a time.
    repeats : times that the whole cross-validation is drawn anew, with new control halves.
    calibration : share of the training units kept for calibration, by the task's own rule.
    seed : axis of every draw.
    allow_leaks : keep splits that the audit calls leaky; they say so.

    Returns
    -------
    Splits in the order of repeats, then folds.
    """
    task = Task.parse(task) if isinstance(task, str) else task
    rule = _rule(task)
    signatures = row_signatures(dataset)
    splits: list[Split] = []
    for repeat in range(repeats):
        rng = rng_for(dataset=dataset.name, split=task, repeat=repeat, seed=seed)
        halves = control_halves(dataset, rng)
        for fold, held in enumerate(_folds(dataset, rule, task, folds, rng)):
            train, test = rule.divide(dataset.perturbed, held, task, rng)
            if not test:
                continue
            train, kept = _calibrate(train, test, rule, task, calibration, rng)
            split = Split(
                task=task,
                train=tuple(train),
                calibration=tuple(kept),
                test=tuple(test),
                halves=halves,
                dataset=dataset.fingerprint,
                seed=seed,
                repeat=repeat,
                fold=fold,
            )
            splits.append(_audited(split, dataset, signatures, allow_leaks))
    if not splits:
        raise EmptySplit(f"'{dataset.name}' has nothing to test for {task}", _way_out(dataset))
    return splits


def task_files() -> list[str]:
    """Names of the tasks that have a file here."""
    names = [found.name for found in pkgutil.iter_modules(foretell.splits.__path__)]
    return sorted(name for name in names if name not in ("make", "audit"))


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


def _rule(task: Task) -> ModuleType:
    if task.name not in task_files():
        hint = did_you_mean(task.name, task_files())
        raise UnknownName(f"there is no split for '{task.name}'", hint)
    return importlib.import_module(f"foretell.splits.{task.name}")


def _folds(
    dataset: Dataset, rule: ModuleType, task: Task, folds: int, rng: np.random.Generator
) -> list[list[object]]:
    units = rule.units(dataset.perturbed, task)
    if len(units) < 2 or folds < 2:
        raise EmptySplit(
            f"{task} needs at least two folds, and '{dataset.name}' has {len(units)} units to "
            f"divide ({shorten(units, 4)})",
            _way_out(dataset),
        )
    order = rng.permutation(len(units))
    return [[units[i] for i in part] for part in np.array_split(order, min(folds, len(units)))]


def _calibrate(
    train: Sequence[Condition],
    test: Sequence[Condition],
    rule: ModuleType,
    task: Task,
    share: float,
    rng: np.random.Generator,
) -> tuple[Sequence[Condition], Sequence[Condition]]:
    """Keep a share of the training units for calibration, hidden by the task's own rule."""
    if share <= 0:
        return train, ()
    units = rule.units(train, task)
    n = int(np.clip(round(share * len(units)), 1, max(1, len(units) - 1)))
    held = [units[i] for i in rng.permutation(len(units))[:n]]
    fitted, kept = rule.divide(train, held, task, rng)
    if hasattr(rule, "give_back"):
        fitted, kept = rule.give_back(train, fitted, kept, test, task)
    return fitted, kept


def _audited(split: Split, dataset: Dataset, signatures: np.ndarray, allow_leaks: bool) -> Split:
    split = replace(split, audit=audit(split, dataset, signatures))
    leaks = [finding for finding in split.audit if finding.is_leak and finding.count]
    if leaks and not allow_leaks:
        raise Leakage(
            f"{split.task} of '{dataset.name}' leaks: "
            + "; ".join(f"{f.check}: {f.count} ({f.detail})" for f in leaks),
            "remove the duplicated observations from the file, or pass allow_leaks to go on with a "
            "marked split",
        )
    return split


def _way_out(dataset: Dataset) -> str:
    orders = [c.perturbation.order for c in dataset.perturbed]
    return (
        f"it has {sum(o == 1 for o in orders)} single and {sum(o > 1 for o in orders)} combined "
        f"perturbed conditions in {len(dataset.contexts)} contexts; choose a task that fits"
    )
