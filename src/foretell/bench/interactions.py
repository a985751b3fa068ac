"""Interactions: the measured parts of combinations, which an additive expectation adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretell.bench.truth import HeldOut
from foretell.core.context import Condition
from foretell.core.profiles import Profiles

__all__ = ["Parts", "measured_parts"]


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of n conditions, as the truth side refers to them.

    Parameters
    ----------
    total : (n, g) sum of the shifts of all parts; rows of NaN where a condition is no combination
        or a part was not measured alone in the context.
    pair : (n, 2, g) shifts of the two parts of a pair, NaN elsewhere.
    """

    total: np.ndarray
    pair: np.ndarray


def measured_parts(conditions: Sequence[Condition], held: HeldOut, train: Profiles) -> Parts:
    """Look up every part among training conditions and among all held-out observations.

    Shifts are taken from the ``truth`` half of the controls: the parts belong to the truth.
    """
    profiles = dict(zip(held.conditions, held.mean, strict=True))
    profiles |= dict(zip(train.conditions, train.Y, strict=True))
    g = held.mean.shape[1]
    total, pair = np.full((len(conditions), g), np.nan), np.full((len(conditions), 2, g), np.nan)
    for i, condition in enumerate(conditions):
        shifts = _shifts(condition, profiles, held)
        if len(shifts) > 1:
            total[i] = np.sum(shifts, axis=0)
        if len(shifts) == 2:
            pair[i] = shifts
    return Parts(total, pair)


def _shifts(
    condition: Condition, profiles: dict[Condition, np.ndarray], held: HeldOut
) -> list[np.ndarray]:
    """Return the shift of every part, or nothing where one of them is missing."""
    parts = condition.perturbation.parts()
    found = [
        profiles.get(Condition(part, condition.context, condition.horizon_h)) for part in parts
    ]
    if len(parts) < 2 or any(profile is None for profile in found):
        return []
    control = held.controls[condition.context][0].mean
    return [profile - control for profile in found if profile is not None]
