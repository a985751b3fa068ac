"""Tasks: what a screen allows one to judge."""

from __future__ import annotations

from collections import Counter
from typing import Any

from foretell.core.dataset import Dataset

__all__ = ["ENOUGH_CONDITIONS", "ENOUGH_CONTROLS", "judgeable"]

ENOUGH_CONDITIONS = 8  # below this there is no ranking of models
ENOUGH_CONTROLS = {"cells": 40, "samples": 8}  # below this a control is shared


def judgeable(dataset: Dataset) -> list[dict[str, Any]]:
    """Say for every task whether the conditions carry it, and why.

    Returns
    -------
    Records of `task`, `possible`, `n` (conditions that could be tested) and `why`.
    """
    return [
        _unseen_perturbation(dataset),
        _unseen_combination(dataset),
        _unseen_context(dataset),
        _divided_controls(dataset),
        _ceiling(dataset),
    ]


def _record(task: str, n: int, enough: int, why: str) -> dict[str, Any]:
    return {"task": task, "possible": n >= enough, "n": n, "why": why}


def _unseen_perturbation(dataset: Dataset) -> dict[str, Any]:
    n = len({c.perturbation for c in dataset.perturbed if c.perturbation.order == 1})
    short = "" if n >= ENOUGH_CONDITIONS else f"; a ranking needs {ENOUGH_CONDITIONS}"
    return _record(
        "unseen perturbation", n, ENOUGH_CONDITIONS, f"{n:,} single perturbations{short}"
    )


def _unseen_combination(dataset: Dataset) -> dict[str, Any]:
    combined = [c for c in dataset.perturbed if c.perturbation.order > 1]
    singles = {(c.context, c.perturbation) for c in dataset.perturbed if c.perturbation.order == 1}
    seen = [sum((c.context, part) in singles for part in c.perturbation.parts()) for c in combined]
    whole = sum(k == c.perturbation.order for k, c in zip(seen, combined, strict=True))
    why = f"{len(combined):,} combinations, {whole:,} of them with every part alone as well"
    why = why if combined else "there are no combinations"
    return _record("unseen combination", len(combined), ENOUGH_CONDITIONS, why)


def _unseen_context(dataset: Dataset) -> dict[str, Any]:
    times = Counter(c.perturbation for c in dataset.perturbed)
    shared = sum(k for k in times.values() if k > 1)
    k = len(dataset.contexts)
    why = "there is one context" if k == 1 else f"{shared:,} conditions in {k:,} contexts recur"
    return _record("unseen context", shared if len(dataset.contexts) > 1 else 0, 1, why)


def _divided_controls(dataset: Dataset) -> dict[str, Any]:
    if dataset.scale.is_relative:
        return _record("own control for the truth", 0, 1, "a relative scale has shared controls")
    enough = ENOUGH_CONTROLS[dataset.mapping.observation]
    n = dataset.n_by_condition
    controls: Counter[Any] = Counter()
    for c, k in n.items():
        if c.is_control:
            controls[c.context] += k
    good = {context for context, k in controls.items() if k >= enough}
    of = sum(c.context in good for c in dataset.perturbed)
    why = f"{len(good):,} of {len(dataset.contexts):,} contexts have {enough} controls to divide"
    return _record("own control for the truth", of, 1, why)


def _ceiling(dataset: Dataset) -> dict[str, Any]:
    n = sum(k >= 2 for c, k in dataset.n_by_condition.items() if not c.is_control)
    why = f"{n:,} conditions can be divided into a technical duplicate"
    return _record("ceiling", n, 1, why)
