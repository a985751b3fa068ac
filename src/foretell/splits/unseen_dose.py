"""Unseen dose: the compound was seen in the same context, but never at this dose.

A unit is a compound at a dose, in all contexts and at all times: while it is held out, nothing
that contains it is trained on, also not as part of a combination, and also not where the same
amount is written in another unit. A condition is tested where the compound was seen at other doses
in the same context and after the same time; a compound with one dose is never tested. Doses of one
compound are dealt to different folds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.errors import EmptySplit
from foretell.core.ladder import amounts, subsets, without_dose
from foretell.core.perturbation import Perturbation
from foretell.core.task import Task
from foretell.splits.neighbours import Ask, check_ask, is_answerable

__all__ = ["Options", "divide", "family", "give_back", "unit_of", "units"]

Place = tuple[Perturbation, int, Context | None, float | None]


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    ask : ``all`` tests every dose; ``interpolate`` those between two doses that were seen;
        ``extrapolate`` those above all that were seen, also in other contexts.
    """

    ask: Ask = "all"

    def __post_init__(self) -> None:
        check_ask(self.ask)


def units(
    conditions: Sequence[Condition], task: Task, options: Options | None = None
) -> list[Perturbation]:
    """Return compounds at a dose that has others to be predicted from; divided into folds."""
    del task
    ladders = _ladders(conditions)
    if not ladders:
        raise EmptySplit(
            "no perturbed condition has a dose",
            'name the column of amounts in the mapping: dose = "..."',
        )
    found = {c.perturbation for c in conditions if _is_open(c, ladders, options or Options())}
    return sorted(found, key=str)


def divide(
    conditions: Sequence[Condition],
    held: Collection[Perturbation],
    task: Task,
    rng: np.random.Generator,
    options: Options | None = None,
) -> tuple[list[Condition], list[Condition]]:
    """Test held doses wherever training has another dose of the compound in the same place."""
    del task, rng
    hidden = {amounts(perturbation) for perturbation in held}
    train = [c for c in conditions if hidden.isdisjoint(subsets(amounts(c.perturbation)))]
    ladders = _ladders(train)
    candidates = [c for c in conditions if amounts(c.perturbation) in hidden]
    return train, [c for c in candidates if _is_open(c, ladders, options or Options())]


def give_back(
    train: Sequence[Condition],
    fitted: Sequence[Condition],
    kept: Sequence[Condition],
    test: Sequence[Condition],
    task: Task,
    options: Options | None = None,
) -> tuple[list[Condition], list[Condition]]:
    """Undo what calibration hid of compounds whose test doses would be left without others."""
    del task
    ladders = _ladders(fitted)
    closed = [c for c in test if not _is_open(c, ladders, options or Options())]
    lost, stays = {without_dose(c.perturbation) for c in closed}, set(fitted)
    fitted = [c for c in train if c in stays or without_dose(c.perturbation) in lost]
    shown = {part for c in fitted for part in subsets(amounts(c.perturbation))}
    ladders = _ladders(fitted)
    kept = [c for c in kept if amounts(c.perturbation) not in shown]
    return fitted, [c for c in kept if _is_open(c, ladders, options or Options())]


def unit_of(condition: Condition, options: Options | None = None) -> Perturbation:
    """Return the unit that a condition belongs to."""
    del options
    return condition.perturbation


def family(unit: Perturbation) -> Perturbation:
    """Return the compound."""
    return without_dose(unit)


def _is_open(
    condition: Condition, ladders: dict[Place, set[tuple[float, ...]]], options: Options
) -> bool:
    dose = _dose(condition.perturbation)
    here, anywhere = (ladders.get(place, set()) for place in _places(condition))
    if dose is None or not is_answerable(dose, here, options.ask):
        return False
    return options.ask != "extrapolate" or is_answerable(dose, anywhere, options.ask)


def _ladders(conditions: Iterable[Condition]) -> dict[Place, set[tuple[float, ...]]]:
    """Doses that were seen, per compound, context and time, and per compound anywhere."""
    ladders: dict[Place, set[tuple[float, ...]]] = {}
    for condition in conditions:
        dose = _dose(condition.perturbation)
        if dose is not None:
            for place in _places(condition):
                ladders.setdefault(place, set()).add(dose)
    return ladders


def _places(condition: Condition) -> tuple[Place, Place]:
    """Return where its ladder stands: the very place, and anywhere."""
    compound, order = without_dose(condition.perturbation), condition.perturbation.order
    here = (compound, order, condition.context, condition.horizon_h)
    return here, (compound, order, None, None)


def _dose(perturbation: Perturbation) -> tuple[float, ...] | None:
    """Return amounts in the order of the targets; None where one was not given."""
    rungs = sorted(amounts(perturbation), key=lambda rung: (rung[0], rung[2], rung[1] or 0.0))
    found = tuple(amount for _, amount, _ in rungs if amount is not None)
    return found if len(found) == len(rungs) else None
