"""Unseen time: the perturbation was seen in an otherwise equal context, but never at this time.

A unit is a perturbation, whatever its dose, at a time: while it is held out, nothing that contains
its targets at that time is trained on, in any context. A condition is tested where the same
perturbation at the same dose was seen at other times in the otherwise equal context. Time is the
horizon of a condition, or an item of its context where controls share it. Times of one
perturbation are dealt to different folds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.errors import EmptySplit, UnknownName, did_you_mean
from foretell.core.ladder import subsets, time_item, time_of, without_item
from foretell.core.perturbation import Perturbation
from foretell.core.task import Task
from foretell.splits.neighbours import Ask, check_ask, is_answerable

__all__ = [
    "Options",
    "divide",
    "family",
    "find_column",
    "forecasts",
    "give_back",
    "unit_of",
    "units",
]

Unit = tuple[tuple[str, ...], float]
Place = tuple[Perturbation | tuple[str, ...], Context | None]


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    column : context item that is time; where empty, the horizon, or else the only context item
        whose name says time.
    ask : ``all`` tests every time; ``interpolate`` those between two times that were seen;
        ``extrapolate`` those after all that were seen, also in other contexts.
    """

    column: str = ""
    ask: Ask = "all"

    def __post_init__(self) -> None:
        check_ask(self.ask)


def units(
    conditions: Sequence[Condition], task: Task, options: Options | None = None
) -> list[Unit]:
    """Return perturbations at a time that has others to be predicted from; divided into folds."""
    del task
    options = options or Options()
    column = find_column(conditions, options.column)
    seen = _times_seen(conditions, column)
    found = {_unit(c, column) for c in conditions if _is_open(c, seen, column, options.ask)}
    return sorted((targets, time) for targets, time in found if time is not None)


def divide(
    conditions: Sequence[Condition],
    held: Collection[Unit],
    task: Task,
    rng: np.random.Generator,
    options: Options | None = None,
) -> tuple[list[Condition], list[Condition]]:
    """Test held times wherever training has the perturbation at another time in the same place."""
    del task, rng
    options = options or Options()
    column = find_column(conditions, options.column)
    held = set(held)
    hidden = {(frozenset(targets), time) for targets, time in held}
    train = [c for c in conditions if hidden.isdisjoint(_parts(c, column))]
    seen = _times_seen(train, column)
    candidates = [c for c in conditions if _unit(c, column) in held]
    return train, [c for c in candidates if _is_open(c, seen, column, options.ask)]


def give_back(
    train: Sequence[Condition],
    fitted: Sequence[Condition],
    kept: Sequence[Condition],
    test: Sequence[Condition],
    task: Task,
    options: Options | None = None,
) -> tuple[list[Condition], list[Condition]]:
    """Undo what calibration hid of perturbations whose test times would be left without others."""
    del task
    options = options or Options()
    column = find_column(train, options.column)
    seen = _times_seen(fitted, column)
    closed = [c for c in test if not _is_open(c, seen, column, options.ask)]
    lost, stays = {c.perturbation.targets for c in closed}, set(fitted)
    fitted = [c for c in train if c in stays or c.perturbation.targets in lost]
    shown = {part for c in fitted for part in _parts(c, column)}
    seen = _times_seen(fitted, column)
    kept = [c for c in kept if (frozenset(c.perturbation.targets), time_of(c, column)) not in shown]
    return fitted, [c for c in kept if _is_open(c, seen, column, options.ask)]


def unit_of(
    condition: Condition, options: Options | None = None
) -> tuple[tuple[str, ...], float | None]:
    """Return the unit that a condition belongs to."""
    return _unit(condition, find_column([condition], (options or Options()).column))


def family(unit: Unit) -> tuple[str, ...]:
    """Return the targets."""
    return unit[0]


def find_column(conditions: Sequence[Condition], column: str) -> str:
    """Return the context item that is time, or "" where it is the horizon."""
    items = {name for c in conditions for name, _ in c.context.items}
    if column:
        if column not in items:
            raise UnknownName(
                f"no context has an item '{column}'",
                f"name the column among `context` of the mapping ({did_you_mean(column, items)})",
            )
        return column
    if any(c.horizon_h is not None for c in conditions):
        return ""
    found = time_item(c.context for c in conditions)
    if not found:
        raise EmptySplit(
            "no condition has a time",
            "map the column of times as horizon_h, or, where controls share them, as context and "
            f'name it here: column = "..." (items of the contexts: {", ".join(sorted(items))})',
        )
    return found


def forecasts(
    conditions: Sequence[Condition], train: Sequence[Condition], column: str
) -> list[Condition]:
    """Return those of which the perturbation was seen before, in the otherwise equal context."""
    seen = _times_seen(train, column)
    return [c for c in conditions if _is_open(c, seen, column, "extrapolate")]


def _times_seen(conditions: Iterable[Condition], column: str) -> dict[Place, set[tuple[float]]]:
    """Return times per perturbation and context without its time, and per targets anywhere."""
    seen: dict[Place, set[tuple[float]]] = {}
    for condition in conditions:
        time = time_of(condition, column)
        if time is not None:
            for place in _places(condition, column):
                seen.setdefault(place, set()).add((time,))
    return seen


def _is_open(
    condition: Condition, seen: dict[Place, set[tuple[float]]], column: str, ask: str
) -> bool:
    time = time_of(condition, column)
    here, anywhere = (seen.get(place, set()) for place in _places(condition, column))
    if time is None or not is_answerable((time,), here, ask):
        return False
    return ask != "extrapolate" or is_answerable((time,), anywhere, ask)


def _parts(condition: Condition, column: str) -> Iterator[tuple[frozenset[str], float | None]]:
    """Yield what the condition shows of other units: its parts at its time."""
    time = time_of(condition, column)
    return ((part, time) for part in subsets(condition.perturbation.targets))


def _unit(condition: Condition, column: str) -> tuple[tuple[str, ...], float | None]:
    return condition.perturbation.targets, time_of(condition, column)


def _places(condition: Condition, column: str) -> tuple[Place, Place]:
    """Return where its times stand: the very place, and anywhere at any dose."""
    here = condition.perturbation, without_item(condition.context, column)
    return here, (condition.perturbation.targets, None)
