"""Demultiplexing: train on combinations, test what their parts do alone.

PEREGGRN's split of that name (kernfeld2025). No tested perturbation was ever seen alone, but its
target may stand in training combinations: that is what this rule asks, so the audit counts such
targets and does not call them a leak. As ``unseen_perturbation``, the default, the floor is the
mean of the context; as ``unseen_combination`` it is asked of models that take combinations apart,
and the floor is additive. Calibration conditions are single too, and are not tested.
"""

from __future__ import annotations

from foretell.core.task import TaskName
from foretell.splits.sides import Asked, Sides, set_aside

__all__ = ["draw"]

TASKS = (TaskName.UNSEEN_PERTURBATION, TaskName.UNSEEN_COMBINATION)
BY_DESIGN = ("held-out targets inside training perturbations",)


def draw(asked: Asked) -> list[Sides]:
    """Return the one division there is."""
    train = [c for c in asked.dataset.perturbed if c.perturbation.order > 1]
    test = [c for c in asked.dataset.perturbed if c.perturbation.order == 1]
    test, kept = set_aside(test, asked.calibration, asked.rng)
    return [Sides(train, test, kept)]
