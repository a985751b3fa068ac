"""Ledger: which calibration units speak for which rows, and why some rows have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from foretell.core.context import Condition
from foretell.core.prediction import Prediction
from foretell.stats.conformal.quantile import fewest_units
from foretell.uncertainty.evidence import Evidence
from foretell.uncertainty.novelty import Novelty
from foretell.uncertainty.prepare import CLAIM
from foretell.uncertainty.relation import BEYOND, CONTEXT, TIME, Seen
from foretell.uncertainty.spread import Spread

__all__ = ["Claim", "Grouping", "Groups", "Ledger", "joined"]

Groups = Literal["none", "strength", "novelty"]
Claim = Literal["exchangeable", "none"]
TERTILES = ("low", "middle", "high")


@dataclass(frozen=True, eq=False)
class Grouping:
    """Groups of conditions that are calibrated apart.

    Always by relation to training; on request also by tertile of predicted strength or novelty.
    The cuts come from conditions that no quantile is taken from.
    """

    kind: Groups
    cuts: np.ndarray
    novelty: Novelty | None = None

    @classmethod
    def learn(
        cls, kind: Groups, spread: Spread, reference: Evidence | None, novelty: Novelty | None
    ) -> Grouping:
        """Cut the reference into tertiles; one group where there is nothing to cut."""
        if kind == "none" or reference is None:
            return cls("none", np.empty(0))
        grouping = cls(kind, np.empty(0), novelty)
        values = grouping._values(spread, reference.conditions, reference.shift)
        values = values[~np.isnan(values)]
        cuts = np.quantile(values, [1 / 3, 2 / 3]) if len(values) else np.empty(0)
        return cls(kind if len(cuts) else "none", cuts, novelty)

    def label(
        self,
        spread: Spread,
        relation: Sequence[str],
        conditions: Sequence[Condition],
        shift: np.ndarray,
    ) -> list[str]:
        """Name the group of every row."""
        if self.kind == "none":
            return list(relation)
        values = self._values(spread, conditions, shift)
        level = np.searchsorted(self.cuts, np.nan_to_num(values))
        names = [
            "unknown" if np.isnan(value) else TERTILES[at]
            for value, at in zip(values, level, strict=True)
        ]
        return [f"{r}, {self.kind} {name}" for r, name in zip(relation, names, strict=True)]

    def _values(
        self, spread: Spread, conditions: Sequence[Condition], shift: np.ndarray
    ) -> np.ndarray:
        if self.kind == "strength" or self.novelty is None:
            return spread.strength(shift)
        return self.novelty.distance([c.perturbation for c in conditions])


@dataclass(frozen=True)
class Ledger:
    """Calibration units by group.

    Parameters
    ----------
    names : of the groups.
    n_units : exchangeable units of each.
    contexts : contexts, as text, that each group has calibration conditions in.
    coverage : what is asked for.
    claim : ``exchangeable``: no interval where no group speaks for a row; ``none``: one without
        any guarantee.
    """

    names: tuple[str, ...]
    n_units: tuple[int, ...]
    contexts: tuple[tuple[str, ...], ...]
    coverage: float
    claim: Claim

    @classmethod
    def of(
        cls, evidence: Evidence | None, labels: Sequence[str], coverage: float, claim: Claim
    ) -> Ledger:
        """Count the units of every group."""
        names = tuple(sorted(set(labels)))
        units: dict[str, set[str]] = {name: set() for name in names}
        contexts: dict[str, set[str]] = {name: set() for name in names}
        if evidence is not None:
            for label, unit, c in zip(labels, evidence.unit, evidence.conditions, strict=True):
                units[label].add(unit)
                contexts[label].add(str(c.context))
        return cls(
            names=names,
            n_units=tuple(len(units[name]) for name in names),
            contexts=tuple(tuple(sorted(contexts[name])) for name in names),
            coverage=coverage,
            claim=claim,
        )

    def judge(
        self, seen: Seen, conditions: Sequence[Condition], labels: Sequence[str]
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the group (n,) of every row, -1 = none, and what is to be said about it."""
        place = {name: i for i, name in enumerate(self.names)}
        answers = [
            self._row(place.get(label, -1), label, seen.relation(c), c)
            for c, label in zip(conditions, labels, strict=True)
        ]
        group = np.array([at for at, _ in answers], dtype=np.int64)
        return group, tuple(reason for _, reason in answers)

    def _row(self, at: int, label: str, relation: str, condition: Condition) -> tuple[int, str]:
        needed = fewest_units(self.coverage)
        moved = relation.startswith((CONTEXT, TIME))
        problem = ""
        if BEYOND in relation:
            problem = f"{relation}: no calibration condition can stand for it"
        elif at < 0:
            problem = f"no calibration condition is like it ({label})"
        elif not moved and str(condition.context) not in self.contexts[at]:
            problem = f"no calibration condition in {condition.context} is like it ({label})"
        elif self.n_units[at] < needed:
            what = "contexts or times" if moved else "perturbations"
            problem = (
                f"{self.n_units[at]} calibration {what} ({label}), "
                f"{needed} are needed for {self.coverage:.0%}"
            )
        if problem:
            return -1, f"no guarantee: {problem}" if self.claim == "none" else problem
        if self.n_units[at] < CLAIM:
            return at, f"{self.n_units[at]} calibration units: below {CLAIM} nothing is claimed"
        return at, ""


def joined(answer: Prediction, reasons: Sequence[str]) -> tuple[str, ...]:
    """Put what a wrapper has to say behind what the model said."""
    own = answer.reasons or ("",) * len(answer)
    return tuple("; ".join(filter(None, pair)) for pair in zip(own, reasons, strict=True))
