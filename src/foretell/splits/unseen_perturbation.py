"""Unseen perturbation: the target appears nowhere in training, alone or in a combination."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from foretell.core.context import Condition
from foretell.core.task import Task

__all__ = ["divide", "units"]


def units(conditions: Sequence[Condition], task: Task) -> list[str]:
    """Return targets that were perturbed alone; they are divided into folds."""
    del task
    return sorted({c.perturbation.targets[0] for c in conditions if c.perturbation.order == 1})


def divide(
    conditions: Sequence[Condition], held: Collection[str], task: Task, rng: np.random.Generator
) -> tuple[list[Condition], list[Condition]]:
    """Test held targets alone, in every context; combinations with a held target are unused."""
    del task, rng
    held = set(held)
    train = [c for c in conditions if not held & set(c.perturbation.targets)]
    test = [
        c for c in conditions if c.perturbation.order == 1 and held & set(c.perturbation.targets)
    ]
    return train, test
