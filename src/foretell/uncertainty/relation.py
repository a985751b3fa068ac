"""Relation: how a condition stands to what was trained on, which decides what it compares with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from foretell.core.context import Condition, Context
from foretell.core.ladder import amounts, time_item, time_of, without_dose, without_item
from foretell.core.perturbation import Perturbation

__all__ = ["BEYOND", "CONTEXT", "TIME", "Seen", "unit_of"]

BEYOND = "beyond those trained on"  # marks what no exchangeable unit can speak for
TIME, CONTEXT = "unseen time", "unseen context"


@dataclass(frozen=True, eq=False)
class Seen:
    """Training conditions, looked up in the ways in which a new one can be related to them."""

    conditions: frozenset[Condition]
    contexts: frozenset[Context]
    timeless: frozenset[Context]
    here: frozenset[tuple[Perturbation, Context]]
    anywhere: frozenset[Perturbation]
    bases: frozenset[Perturbation]
    singles: frozenset[str]
    doses: dict[str, tuple[float, float]]
    hours: tuple[float, float] | None
    item: str

    @classmethod
    def of(cls, conditions: Iterable[Condition]) -> Seen:
        """Index training conditions."""
        known = frozenset(c for c in conditions if not c.is_control)
        contexts = frozenset(c.context for c in known)
        item = time_item(contexts)
        doses: dict[str, tuple[float, float]] = {}
        for target, amount, _ in (r for c in known for r in amounts(c.perturbation)):
            if amount is not None:
                low, high = doses.get(target, (amount, amount))
                doses[target] = min(low, amount), max(high, amount)
        hours = [h for c in known for h in (_hours(c, item),) if h is not None]
        return cls(
            conditions=known,
            contexts=contexts,
            timeless=frozenset(without_item(c, item) for c in contexts) if item else frozenset(),
            here=frozenset((c.perturbation, c.context) for c in known),
            anywhere=frozenset(c.perturbation for c in known),
            bases=frozenset(without_dose(c.perturbation) for c in known),
            singles=frozenset(
                c.perturbation.targets[0] for c in known if c.perturbation.order == 1
            ),
            doses=doses,
            hours=(min(hours), max(hours)) if hours else None,
            item=item,
        )

    def relation(self, condition: Condition) -> str:
        """Say in words how a condition stands to training; equal words, comparable conditions."""
        where = "" if condition.context in self.contexts else self._elsewhere(condition)
        what = self._what(condition)
        return f"{where}, {what}" if where else what

    def _elsewhere(self, condition: Condition) -> str:
        if self.item and without_item(condition.context, self.item) in self.timeless:
            return self._when(condition)
        return CONTEXT

    def _when(self, condition: Condition) -> str:
        hours = _hours(condition, self.item)
        inside = hours is not None and self.hours and self.hours[0] <= hours <= self.hours[1]
        return TIME if inside else f"{TIME} {BEYOND}"

    def _what(self, condition: Condition) -> str:
        p = condition.perturbation
        if condition in self.conditions:
            return "seen condition"
        if (p, condition.context) in self.here:
            return self._when(condition)  # the same, after another number of hours
        if p in self.anywhere:
            return "perturbation seen in other contexts"
        if without_dose(p) in self.bases:
            beyond = any(self._is_beyond(*rung[:2]) for rung in amounts(p))
            return f"unseen dose {BEYOND}" if beyond else "unseen dose"
        return self.new(p)

    def new(self, perturbation: Perturbation) -> str:
        """Say how a perturbation that was never trained on stands to training."""
        if perturbation.order > 1:
            seen = sum(component.target in self.singles for component in perturbation.components)
            return f"unseen combination, {seen} of {perturbation.order} parts seen"
        return "unseen perturbation"

    def _is_beyond(self, target: str, amount: float | None) -> bool:
        low, high = self.doses.get(target, (0.0, 0.0))
        return amount is not None and not low <= amount <= high


def unit_of(condition: Condition, relation: str) -> str:
    """Return the name of the exchangeable unit that a condition belongs to.

    The perturbation with all its doses and contexts; where contexts or times are what is new,
    the context with its time: twenty perturbations in one unseen cell type are one draw, not
    twenty.
    """
    if relation.startswith((CONTEXT, TIME)):
        return f"{condition.context}{condition.after}"
    return str(without_dose(condition.perturbation))


def _hours(condition: Condition, item: str) -> float | None:
    hours = time_of(condition)
    return hours if hours is not None else time_of(condition, item) if item else None
