"""Unseen combination: 0, 1, 2 or all of its parts were seen in training.

A part is seen if it was measured alone in training, in the same context; it is unseen if its
target appears nowhere in training. Combinations whose parts are neither are left unused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from foretell.core.context import Condition
from foretell.core.perturbation import Perturbation
from foretell.core.task import Task

__all__ = ["divide", "give_back", "n_parts_seen", "units"]


def units(conditions: Sequence[Condition], task: Task) -> list[Perturbation]:
    """Return the distinct combinations; they are divided into folds."""
    del task
    combinations = {c.perturbation for c in conditions if c.perturbation.order > 1}
    return sorted(combinations, key=str)


def divide(
    conditions: Sequence[Condition],
    held: Collection[Perturbation],
    task: Task,
    rng: np.random.Generator,
) -> tuple[list[Condition], list[Condition]]:
    """Test held combinations with `task.parts_seen` parts seen; None takes them as they come."""
    held = set(held)
    hidden = _hidden_targets(held, task.parts_seen, rng)
    train = [
        c
        for c in conditions
        if c.perturbation not in held and not hidden & set(c.perturbation.targets)
    ]
    candidates = [c for c in conditions if c.perturbation in held]
    if task.parts_seen is None:
        return train, candidates
    seen = {(c.perturbation, c.context) for c in train}
    touched = {target for c in train for target in c.perturbation.targets}
    test = [c for c in candidates if n_parts_seen(c, seen, touched) == task.parts_seen]
    return train, test


def give_back(
    train: Sequence[Condition],
    fitted: Sequence[Condition],
    kept: Sequence[Condition],
    test: Sequence[Condition],
    task: Task,
) -> tuple[list[Condition], list[Condition]]:
    """Undo what calibration hid from `train` although the test conditions count it as seen.

    Calibration conditions that are left with other parts seen than the task says are dropped.
    """
    needed = {(part, c.context) for c in test for part in c.perturbation.parts()}
    stays = set(fitted) | {c for c in train if (c.perturbation, c.context) in needed}
    fitted = [c for c in train if c in stays]
    if task.parts_seen is None:
        return fitted, list(kept)
    seen = {(c.perturbation, c.context) for c in fitted}
    touched = {target for c in fitted for target in c.perturbation.targets}
    return fitted, [c for c in kept if n_parts_seen(c, seen, touched) == task.parts_seen]


def n_parts_seen(
    condition: Condition, seen: Collection[tuple[Perturbation, object]], touched: Collection[str]
) -> int | None:
    """Count parts measured alone in training; None if another part is not wholly unseen."""
    count = 0
    for part in condition.perturbation.parts():
        if (part, condition.context) in seen:
            count += 1
        elif part.targets[0] in touched:
            return None
    return count


def _hidden_targets(
    held: set[Perturbation], parts_seen: int | None, rng: np.random.Generator
) -> set[str]:
    """Choose, per held combination, which targets to hide from training."""
    if parts_seen is None:
        return set()
    hidden: set[str] = set()
    for combination in sorted(held, key=str):
        targets = combination.targets
        n_hide = max(0, len(targets) - parts_seen) - len(hidden & set(targets))
        open_targets = [t for t in targets if t not in hidden]
        if n_hide > 0:
            hidden |= {open_targets[i] for i in rng.permutation(len(open_targets))[:n_hide]}
    return hidden
