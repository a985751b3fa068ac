"""Ladder: doses and times of a condition, as numbers on which neighbours can be found."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from itertools import combinations
from typing import TypeVar

from foretell.core.context import Condition, Context
from foretell.core.perturbation import Component, Perturbation
from foretell.core.quantity import read_dose, read_hours

__all__ = ["Rung", "amounts", "subsets", "time_item", "time_of", "without_dose", "without_item"]

Rung = tuple[str, float | None, str]  # target, amount, unit
Member = TypeVar("Member", bound=Hashable)

_SAYS_TIME = re.compile(r"time|durat|hour|day|minute|week|(^|_)(h|hr|min)($|_)", re.IGNORECASE)
_COMMON_UNITS = ("uM", "ng/mL")  # amounts of one family are compared in these


@lru_cache(maxsize=65536)
def amounts(perturbation: Perturbation) -> frozenset[Rung]:
    """Return what was given and how much of it; 1000 nM and 1 uM are one amount.

    >>> a, b = (Perturbation.parse(f"JQ1@{dose}") for dose in ("1000 nM", "1 uM"))
    >>> amounts(a) == amounts(b)
    True
    """
    return frozenset(_rung(component) for component in perturbation.components)


def _rung(component: Component) -> Rung:
    if component.dose is None or component.unit is None:
        return component.target, component.dose, ""
    for unit in _COMMON_UNITS:
        try:
            dose, _ = read_dose(f"{component.dose!r} {component.unit}", unit)
        except ValueError:
            continue
        return component.target, dose, unit
    return component.target, component.dose, component.unit


def subsets(whole: Iterable[Member]) -> Iterator[frozenset[Member]]:
    """Yield every part of a combination, the whole included: few, where combinations are small.

    >>> sorted("".join(sorted(part)) for part in subsets("AB"))
    ['A', 'AB', 'B']
    """
    members = list(dict.fromkeys(whole))
    for size in range(1, len(members) + 1):
        yield from map(frozenset, combinations(members, size))


def without_dose(perturbation: Perturbation) -> Perturbation:
    """Return the same components without amounts: what all doses of a compound share."""
    parts = (Component(c.target, c.kind, start_h=c.start_h) for c in perturbation.components)
    return Perturbation(tuple(parts))


def time_item(contexts: Iterable[Context]) -> str:
    """Return the only context item whose name says time and whose values are numbers, or "".

    >>> time_item([Context.of(cell_type="K562", duration="24")])
    'duration'
    """
    values: dict[str, set[str]] = {}
    for context in contexts:
        for name, value in context.items:
            values.setdefault(name, set()).add(value)
    found = [n for n, v in values.items() if _SAYS_TIME.search(n) and all(map(_is_time, v))]
    return found[0] if len(found) == 1 else ""


def time_of(condition: Condition, column: str = "") -> float | None:
    """Return hours: the context item `column`, or the horizon where `column` is empty.

    A number without a unit counts as hours. None where the condition has no such number.
    """
    if not column:
        return condition.horizon_h
    value = dict(condition.context.items).get(column)
    return read_hours(value) if value is not None and _is_time(value) else None


def without_item(context: Context, column: str) -> Context:
    """Return the context without one of its items."""
    return Context(tuple(item for item in context.items if item[0] != column))


def _is_time(value: str) -> bool:
    try:
        read_hours(value)
    except ValueError:
        return False
    return True
