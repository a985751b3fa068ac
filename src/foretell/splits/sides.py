"""Sides: what a rule that draws a whole split is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.halves import ControlHalves
from foretell.core.split import Finding
from foretell.core.task import Task

__all__ = ["Asked", "Sides", "set_aside"]


@dataclass(frozen=True, eq=False)
class Asked:
    """What a rule may look at while it draws.

    Parameters
    ----------
    dataset, task : what to divide, and what is to be unseen.
    halves : division of the controls; a rule that looks at controls uses the ``model`` halves.
    rng : the only source of chance.
    calibration : share to keep for calibration, 0 for none.
    repeat : which draw it is.
    """

    dataset: Dataset
    task: Task
    halves: tuple[ControlHalves, ...]
    rng: np.random.Generator
    calibration: float = 0.0
    repeat: int = 0


@dataclass(frozen=True, eq=False)
class Sides:
    """One division; the fields mean what they mean in `Split`.

    Parameters
    ----------
    calibration : None where the rule leaves calibration to the task's own rule.
    notes : what was counted on the way, shown with the leakage audit.
    """

    train: Sequence[Condition]
    test: Sequence[Condition]
    calibration: Sequence[Condition] | None = None
    held_rows: np.ndarray | None = None
    calibration_rows: np.ndarray | None = None
    notes: tuple[Finding, ...] = ()
    distance: np.ndarray | None = None


def set_aside(
    conditions: Sequence[Condition], share: float, rng: np.random.Generator
) -> tuple[list[Condition], list[Condition]]:
    """Draw a share of the perturbations, in all their contexts: (the others, those drawn)."""
    units = sorted({c.perturbation for c in conditions}, key=str)
    if share <= 0 or len(units) < 2:
        return list(conditions), []
    n = int(np.clip(round(share * len(units)), 1, len(units) - 1))
    drawn = {units[i] for i in rng.permutation(len(units))[:n]}
    left = [c for c in conditions if c.perturbation not in drawn]
    return left, [c for c in conditions if c.perturbation in drawn]
