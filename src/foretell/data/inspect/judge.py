"""Judge: what the data set that the mapping makes holds, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.data.inspect.effects import Effects
from foretell.data.inspect.tasks import Verdict, judge_tasks

__all__ = ["CONTROLS", "ContextCount", "Judgement", "judge"]

CONTROLS = {"cells": 40, "samples": 8}  # controls of a context that can be divided into halves


@dataclass(frozen=True)
class ContextCount:
    """Observations of one context.

    Parameters
    ----------
    context : its name.
    n_controls, n_conditions : untreated observations, and perturbed conditions.
    has_halves : True where the controls can be divided between model and truth.
    """

    context: str
    n_controls: int
    n_conditions: int
    has_halves: bool


@dataclass(frozen=True)
class Judgement:
    """Counts of a data set, and verdicts on the tasks.

    Parameters
    ----------
    n_obs : observations that are used; `dropped` counts the others by reason.
    n_conditions, n_targets, n_combined : perturbed conditions, distinct targets, conditions with
        several parts.
    per_condition : smallest, median and largest number of observations of a perturbed condition.
    enough : share of conditions with at least 20 cells (2 samples).
    targets_measured : targets that are among the genes.
    """

    n_obs: int
    dropped: dict[str, int]
    n_conditions: int
    n_targets: int
    n_combined: int
    per_condition: tuple[int, float, int]
    enough: float
    contexts: tuple[ContextCount, ...]
    targets_measured: int
    effects: Effects
    tasks: tuple[Verdict, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        plain = asdict(self)
        plain["tasks"] = [
            {
                "task": str(v.task.name),
                "parts_seen": v.task.parts_seen,
                "possible": v.is_possible,
                "n_units": v.n_units,
                "n_conditions": v.n_conditions,
                "why": v.why,
            }
            for v in self.tasks
        ]
        return plain


def judge(dataset: Dataset, effects: Effects) -> Judgement:
    """Count, and judge the tasks."""
    perturbed = dataset.perturbed
    counts = np.array([dataset.n_by_condition[c] for c in perturbed] or [0])
    fewest = 20 if dataset.mapping.observation == "cells" else 2
    targets = {t for c in perturbed for t in c.perturbation.targets}
    return Judgement(
        n_obs=dataset.n_obs,
        dropped=dict(dataset.dropped),
        n_conditions=len(perturbed),
        n_targets=len(targets),
        n_combined=sum(c.perturbation.order > 1 for c in perturbed),
        per_condition=(int(counts.min()), float(np.median(counts)), int(counts.max())),
        enough=float((counts >= fewest).mean()),
        contexts=_contexts(dataset, perturbed),
        targets_measured=len(targets & set(dataset.genes)),
        effects=effects,
        tasks=tuple(judge_tasks(dataset)),
    )


def _contexts(dataset: Dataset, perturbed: Sequence[Condition]) -> tuple[ContextCount, ...]:
    fewest = CONTROLS[dataset.mapping.observation]
    controls = {c.context: n for c, n in dataset.n_by_condition.items() if c.is_control}
    treated: dict[object, int] = {}
    for condition in perturbed:
        treated[condition.context] = treated.get(condition.context, 0) + 1
    relative = dataset.scale.is_relative
    return tuple(
        ContextCount(
            str(context),
            controls.get(context, 0),
            treated.get(context, 0),
            not relative and controls.get(context, 0) >= fewest,
        )
        for context in dataset.contexts
    )
