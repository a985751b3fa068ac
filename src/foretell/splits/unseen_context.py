"""Unseen context: nothing but controls of the context is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.task import Task

__all__ = ["divide", "units"]


def units(conditions: Sequence[Condition], task: Task) -> list[Context]:
    """Return the contexts; they are divided into folds."""
    del task
    return sorted({c.context for c in conditions}, key=str)


def divide(
    conditions: Sequence[Condition], held: Collection[Context], task: Task, rng: np.random.Generator
) -> tuple[list[Condition], list[Condition]]:
    """Test every perturbation of the held contexts."""
    del task, rng
    held = set(held)
    train = [c for c in conditions if c.context not in held]
    test = [c for c in conditions if c.context in held]
    return train, test
