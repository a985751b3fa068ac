"""Genetic interaction: train on controls and single perturbations, test every combination.

PEREGGRN's split of that name (kernfeld2025). Nothing is drawn but the halves of the controls:
repeats draw those anew. Give the task ``parts_seen`` to test only combinations of which that many
parts were measured alone. Calibration conditions are combinations too, and are not tested.
"""

from __future__ import annotations

from foretell.core.task import TaskName
from foretell.splits.sides import Asked, Sides, set_aside
from foretell.splits.unseen_combination import n_parts_seen

__all__ = ["draw"]

TASKS = (TaskName.UNSEEN_COMBINATION,)


def draw(asked: Asked) -> list[Sides]:
    """Return the one division there is."""
    train = [c for c in asked.dataset.perturbed if c.perturbation.order == 1]
    test = [c for c in asked.dataset.perturbed if c.perturbation.order > 1]
    if asked.task.parts_seen is not None:
        seen = {(c.perturbation, c.context) for c in train}
        touched = {target for c in train for target in c.perturbation.targets}
        test = [c for c in test if n_parts_seen(c, seen, touched) == asked.task.parts_seen]
    test, kept = set_aside(test, asked.calibration, asked.rng)
    return [Sides(train, test, kept)]
