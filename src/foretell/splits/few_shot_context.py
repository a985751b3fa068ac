"""Few-shot context: of the held context, controls and a few perturbations are known.

Contexts are divided into folds as for ``unseen_context``; then `shots` perturbations of every held
context are drawn and trained on, the same for all models. Fewer shots are drawn out of more, so
that curves over `shots` are nested. The audit counts the contexts that are seen by design.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, UnknownName, did_you_mean
from foretell.core.task import Task, TaskName

__all__ = ["Options", "divide", "examples", "units"]

TASKS = (TaskName.UNSEEN_CONTEXT,)
BY_DESIGN = ("held-out contexts among training conditions",)


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    shots : a number of perturbations per held context, a share of them between 0 and 1, or their
        labels, in full or as targets joined by +.
    """

    shots: int | float | tuple[str, ...] = 10

    def __post_init__(self) -> None:
        shots = self.shots
        named = isinstance(shots, tuple) and shots and all(isinstance(s, str) for s in shots)
        count = type(shots) is int and shots > 0
        if not (named or count or (isinstance(shots, float) and 0 < shots < 1)):
            raise BadStudy(
                f"`shots` is {shots!r}",
                'write a whole number from 1, a share between 0 and 1, or labels ["A", "B"]',
            )


def units(
    conditions: Sequence[Condition], task: Task, options: Options | None = None
) -> list[Context]:
    """Return the contexts; they are divided into folds."""
    del task, options
    return sorted({c.context for c in conditions}, key=str)


def divide(
    conditions: Sequence[Condition],
    held: Collection[Context],
    task: Task,
    rng: np.random.Generator,
    options: Options | None = None,
) -> tuple[list[Condition], list[Condition]]:
    """Test the perturbations of the held contexts, but for those that are shown."""
    del task
    held, shots = set(held), (options or Options()).shots
    shown: set[Condition] = set()
    for context in sorted(held, key=str):
        here = [c for c in conditions if c.context == context]
        drawn = _shown(here, shots, rng)
        shown |= {c for c in here if c.perturbation in drawn}
    train = [c for c in conditions if c.context not in held or c in shown]
    return train, [c for c in conditions if c.context in held and c not in shown]


def _shown(here: Sequence[Condition], shots: Any, rng: np.random.Generator) -> set[Any]:
    perturbations = sorted({c.perturbation for c in here}, key=str)
    if isinstance(shots, tuple):
        named = set(_known(here, shots))
        return {p for p in perturbations if {str(p), p.label(kind=False)} & named}
    n = shots if isinstance(shots, int) else max(1, round(shots * len(perturbations)))
    return {perturbations[i] for i in rng.permutation(len(perturbations))[:n]}


def _known(here: Sequence[Condition], shots: tuple[str, ...]) -> Iterator[str]:
    """Yield the labels, refusing those that no condition of the context has."""
    known = {s for c in here for s in (str(c.perturbation), c.perturbation.label(kind=False))}
    for label in shots:
        if label not in known:
            raise UnknownName(
                f"`shots` names '{label}', which is not in the context '{here[0].context}'",
                did_you_mean(label, known),
            )
        yield label


def examples(dataset: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Return a number and a share."""
    del dataset
    return [("unseen_context", {"shots": 3}), ("unseen_context", {"shots": 0.5})]
