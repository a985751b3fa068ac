"""Declarations: what a model says that it does is what it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foretell.contract.errors import require
from foretell.contract.toy import ALIEN, answer, ask, fitted, split_for, toy_splits
from foretell.core.context import Context
from foretell.core.model import Model
from foretell.core.prediction import SUPPORTED, Prediction
from foretell.core.query import Query
from foretell.core.split import Split
from foretell.core.task import TaskName

__all__ = [
    "check_declared_tasks_are_delivered",
    "check_intervals_in_order",
    "check_outputs_as_declared",
    "check_refusals_have_reasons",
    "check_undeclared_tasks_are_marked",
    "check_unseen_context_is_marked",
    "check_unseen_target_is_marked",
]

ELSEWHERE = Context.of(cell_type="a cell type that nobody knows")


def check_declared_tasks_are_delivered(model: Model) -> None:
    """Require, for every declared task, some test rows that do not fall back."""
    for task in [task for task in model.tasks if task in toy_splits()]:
        prediction = answer(model, ask(toy_splits()[task]))
        require(
            (prediction.support == SUPPORTED).any(),
            f"{task} is declared, but every row is {_kinds(prediction)}",
            "take the task out of `info.tasks`, or answer without falling back",
        )
    if TaskName.SEEN_CONDITION in model.tasks:
        require(
            (_seen(model, split_for(model)).support == SUPPORTED).any(),
            "seen_condition is declared, but every row of training conditions falls back",
            "take the task out of `info.tasks`, or answer without falling back",
        )


def _seen(model: Model, split: Split) -> Prediction:
    """Ask for the training conditions themselves."""
    question = ask(split)
    return fitted(model, question).predict(split.query_for(question.dataset, split.train))


def check_undeclared_tasks_are_marked(model: Model) -> None:
    """Require, for every task that is not declared, that no test row is supported."""
    for task in [task for task in toy_splits() if task not in model.tasks]:
        prediction = answer(model, ask(toy_splits()[task]))
        n = int((prediction.support == SUPPORTED).sum())
        require(
            n == 0,
            f"{task} is not declared, but {n} of {len(prediction)} rows are marked supported",
            "declare the task, or mark the rows with `fallback` or `abstain`",
        )


def check_unseen_target_is_marked(model: Model) -> None:
    """Require a mark on a target that occurs nowhere, unless its task is declared."""
    if TaskName.UNSEEN_PERTURBATION in model.tasks:
        return
    split = toy_splits()[TaskName.UNSEEN_COMBINATION]
    question = ask(split)
    seen = split.train[0]
    strange = [replace(seen, perturbation=p) for p in (ALIEN, ALIEN + seen.perturbation)]
    query = split.query_for(question.dataset, strange)
    _require_marks(fitted(model, question).predict(query), "an unknown target")


def check_unseen_context_is_marked(model: Model) -> None:
    """Require a mark on a context that occurs nowhere, unless its task is declared."""
    if TaskName.UNSEEN_CONTEXT in model.tasks:
        return
    question = ask(split_for(model))
    rows = tuple(
        replace(row, context=ELSEWHERE, start=row.context) for row in question.query.rows[:2]
    )
    query: Query = replace(question.query, rows=rows)
    _require_marks(fitted(model, question).predict(query), "an unknown context")


def _require_marks(prediction: Prediction, what: str) -> None:
    require(
        not (prediction.support == SUPPORTED).any(),
        f"{what} is answered as supported",
        "mark such rows with `fallback` or `abstain`, or declare the task",
    )


def check_refusals_have_reasons(model: Model) -> None:
    """Require a reason for every row that falls back or abstains."""
    for split in toy_splits().values():
        prediction = answer(model, ask(split))
        reasons = prediction.reasons or ("",) * len(prediction)
        silent = [
            s for s, r in zip(prediction.support, reasons, strict=True) if s != SUPPORTED and not r
        ]
        require(
            not silent,
            f"{len(silent)} rows are marked {silent[:1]} without a reason",
            'give `query.answer` a reason = "..."',
        )


def check_outputs_as_declared(model: Model) -> None:
    """Require sampled cells and intervals if, and only if, they are declared."""
    prediction = answer(model, ask(split_for(model)))
    optional = {"cells": prediction.cells, "interval": prediction.lower}
    delivered = {"mean", *(name for name, value in optional.items() if value is not None)}
    require(
        delivered == set(model.info.outputs),
        f"outputs {sorted(model.info.outputs)} declared, {sorted(delivered)} delivered",
        "let `info.outputs` say what `_predict` returns",
    )
    if prediction.cell_row is not None:
        drawn = np.bincount(prediction.cell_row, minlength=len(prediction)) > 0
        require(
            drawn[prediction.answered].all(),
            "rows that are answered have no sampled cells",
            "draw cells for every row that is answered",
        )


def check_intervals_in_order(model: Model) -> None:
    """Require intervals that hold the mean, with a nominal coverage between 0 and 1."""
    prediction = answer(model, ask(split_for(model)))
    if prediction.lower is None or prediction.upper is None:
        return
    rows = prediction.answered
    ordered = (prediction.lower <= prediction.mean) & (prediction.mean <= prediction.upper)
    coverage = prediction.coverage or 0.0
    require(
        ordered[rows].all() and 0 < coverage < 1,
        f"lower <= mean <= upper in {ordered[rows].mean():.0%} of the values, coverage {coverage}",
        "give bounds around the mean, infinite where none can be given, and their coverage",
    )


def _kinds(prediction: Prediction) -> str:
    return " or ".join(sorted(set(prediction.support.tolist())))
