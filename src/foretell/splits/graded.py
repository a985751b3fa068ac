"""Graded: the task's folds, with less and less in training that resembles what is tested.

A curve of error against similarity says more than one number (SPECTRA). The folds are those of the
task's own rule; then the share `level` of the training conditions that resemble a test condition is
removed, the most similar first: level 0 is the task's split, level 1 leaves nothing that is
similar, but for parts that the task says were seen. Folds, test sides and the order of removal are
the same at all levels, so that levels are nested; in a study write one ``[[datasets.splits]]`` per
level. The distance of every test condition to what is left is recorded.

Where all training conditions resemble a test condition, the last level has nothing to train on and
says so: raise `threshold`. ``by = "contexts"`` belongs to unseen contexts: within a context all
conditions are alike. SPECTRA finds subsets by a graph of all pairs; here similarity is taken to the
test side alone.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy
from foretell.core.split import Finding, Split
from foretell.core.task import Task, TaskName
from foretell.splits.distance import distance_to_training
from foretell.splits.sides import Asked, Sides
from foretell.splits.similarity import By, Similarity, similarity

__all__ = ["Options", "divide", "examples", "finish", "units"]

TASKS = (TaskName.UNSEEN_PERTURBATION, TaskName.UNSEEN_COMBINATION, TaskName.UNSEEN_CONTEXT)
NEEDS_TASK = True


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    level : share from 0 to 1 of the similar training conditions that is removed.
    threshold : conditions are similar above this.
    by, encoding, file : what makes conditions alike, see `Similarity`.
    """

    level: float = 0.0
    threshold: float = 0.0
    by: By = "components"
    encoding: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        for name, low in (("level", 0.0), ("threshold", -1.0)):
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not low <= value <= 1:
                way_out = f"write a number from {low:g} to 1; every level is a split of its own"
                raise BadStudy(f"`{name}` is {value!r}", way_out)
        _ = self.similarity

    @property
    def similarity(self) -> Similarity:
        """What makes conditions alike."""
        return Similarity(self.by, self.encoding, self.file)


def units(conditions: Sequence[Condition], task: Task, options: Options | None = None) -> list[Any]:
    """Return the units of the task's own rule."""
    del options
    found: list[Any] = _own(task).units(conditions, task)
    return found


def divide(
    conditions: Sequence[Condition],
    held: Collection[Hashable],
    task: Task,
    rng: np.random.Generator,
    options: Options | None = None,
) -> tuple[list[Condition], list[Condition]]:
    """Divide by the task's own rule; `finish` takes away what is similar."""
    del options
    train, test = _own(task).divide(conditions, held, task, rng)
    return train, test


def give_back(
    train: Sequence[Condition],
    fitted: Sequence[Condition],
    kept: Sequence[Condition],
    test: Sequence[Condition],
    task: Task,
    options: Options | None = None,
) -> tuple[Sequence[Condition], Sequence[Condition]]:
    """Undo what the task's own rule undoes."""
    del options
    if not hasattr(_own(task), "give_back"):
        return fitted, kept
    given: tuple[list[Condition], list[Condition]] = _own(task).give_back(
        train, fitted, kept, test, task
    )
    return given


def finish(sides: Sides, asked: Asked, options: Options) -> Sides:
    """Remove the most similar training conditions, and record how far the test side is."""
    split = _provisional(sides, asked)
    alike = similarity(split, asked.dataset, split.train, split.test, options.similarity)
    nearest = alike.max(axis=1)
    similar = np.flatnonzero((nearest > options.threshold) & ~_needed(split))
    chance = asked.rng.random(len(nearest))
    order = similar[np.lexsort((chance[similar], -nearest[similar].round(12)))]
    gone = set(order[: round(options.level * len(order))].tolist())
    train = [c for i, c in enumerate(split.train) if i not in gone]
    note = Finding("training conditions that resemble the test side: removed", len(gone))
    detail = f"of {len(similar)} that are similar above {options.threshold:g}"
    sides = replace(sides, train=train, notes=(*sides.notes, replace(note, detail=detail)))
    if not train:
        return sides  # `Split` says what is empty, and what to do
    after = _provisional(sides, asked)
    distance = distance_to_training(after, asked.dataset, options.similarity)
    return replace(sides, distance=distance)


def _needed(split: Split) -> np.ndarray:
    """(n_train,) True for parts that the task says were seen: they stay."""
    if split.task.parts_seen is None:
        return np.zeros(len(split.train), dtype=bool)
    parts = {(part, c.context) for c in split.test for part in c.perturbation.parts()}
    return np.array([(c.perturbation, c.context) in parts for c in split.train])


def _own(task: Task) -> ModuleType:
    return importlib.import_module(f"foretell.splits.{task.name}")


def _provisional(sides: Sides, asked: Asked) -> Split:
    return Split(
        task=asked.task,
        train=tuple(sides.train),
        calibration=tuple(sides.calibration or ()),
        test=tuple(sides.test),
        halves=asked.halves,
        dataset=asked.dataset.fingerprint,
    )


def examples(dataset: Dataset) -> list[tuple[str | Task, dict[str, Any]]]:
    """Return two levels by different similarities."""
    del dataset
    pairs = Task(TaskName.UNSEEN_COMBINATION, 2)
    return [
        (pairs, {"level": 0.5}),
        (
            TaskName.UNSEEN_PERTURBATION.value,
            {"level": 0.5, "by": "encoding", "encoding": "gene_scores"},
        ),
    ]
