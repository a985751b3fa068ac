"""Nearest seen: the shift of the same perturbation at the nearest dose or time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np

from foretell.core.context import Condition
from foretell.core.ladder import amounts, time_item, time_of, without_dose, without_item
from foretell.core.model import Model, ModelInfo
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.core.task import TaskName
from foretell.models.baselines.mean_shift import mean_shift

__all__ = ["NearestSeen"]

Far = tuple[bool, int, float, float]  # other place, axes that differ, hours apart, doses apart
TIES = 9  # digits to which two distances are the same


@dataclass(eq=False)
class NearestSeen(Model):
    r"""Copy the perturbation's training shift at the nearest dose and time.

    Model
    -----
    .. math:: \hat S_i = \frac{1}{|N_i|} \sum_{j \in N_i} S_j, \qquad
       N_i = \arg\min_j \big(e_{ij}, a_{ij}, t_{ij}, d_{ij}\big)

    over the training conditions j with the components of i at any dose, in lexical order: e whether
    anything but time differs between the contexts, a the number of axes (dose, time) that differ, t
    the distance of the times in hours, d that of the doses, summed over components. Ties are
    averaged. The primary floor of the tasks *unseen dose* and *unseen time*: it is good where
    responses saturate or rise slowly, and it knows no trend, so it fails where doses or times lie
    far apart.

    Parameters
    ----------
    dose_scale : ``log``: difference of logarithms, where both doses are positive, otherwise
        farther than any that are; ``linear``: difference.
    time : context item that is time. Where empty, the horizon, and the only context item whose
        name says time, such as ``duration``.

    Perturbations never seen at any dose or time: fall back to the mean training shift; seen in
    other contexts only: fall back to the nearest dose and time there.
    Cost: O(n_queries n_conditions) comparisons. Source: none, it repeats what was seen.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="nearest_seen",
        family="baselines",
        summary="the perturbation's training shift at the nearest dose or time",
        tasks=(TaskName.UNSEEN_DOSE, TaskName.UNSEEN_TIME, TaskName.SEEN_CONDITION),
    )
    dose_scale: Literal["log", "linear"] = "log"
    time: str = ""

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        self.conditions_, self.shifts_ = list(data.conditions), data.S_filled.copy()
        self.shift_ = mean_shift(data)

    def _predict(self, query: Query) -> Prediction:
        kin: dict[Perturbation, list[int]] = {}
        for j, condition in enumerate(self.conditions_):
            kin.setdefault(without_dose(condition.perturbation), []).append(j)
        answers = [self._row(c, kin) for c in query.conditions]
        shift = np.array([shift for shift, _ in answers]).reshape(len(query), len(query.genes))
        return query.answer(
            shift=shift,
            fallback=np.array([strange for _, strange in answers], dtype=bool),
            reason="not seen at any dose or time in this context",
        )

    def _row(self, asked: Condition, kin: dict[Perturbation, list[int]]) -> tuple[np.ndarray, bool]:
        """Return the shift of the nearest conditions, and whether they are of other contexts."""
        places = kin.get(without_dose(asked.perturbation), [])
        if not places:
            return self.shift_, True
        far = [self._far(asked, self.conditions_[j]) for j in places]
        nearest = min(far)
        chosen = [j for j, distance in zip(places, far, strict=True) if distance == nearest]
        return self.shifts_[chosen].mean(axis=0), nearest[0]

    def _far(self, asked: Condition, seen: Condition) -> Far:
        item = self.time or time_item([asked.context, seen.context])
        here, there = (without_item(c.context, item) for c in (asked, seen))
        doses = self._doses_apart(asked.perturbation, seen.perturbation)
        hours = _hours_apart(asked, seen, item)
        differ = int(doses > 0) + int(hours > 0)
        return here != there, differ, round(hours, TIES), round(doses, TIES)

    def _doses_apart(self, one: Perturbation, other: Perturbation) -> float:
        doses = _doses(one), _doses(other)
        if len(doses[0]) != len(doses[1]):  # one compound given twice, at two doses
            return math.inf
        return math.fsum(self._apart(a, b) for a, b in zip(*doses, strict=True))

    def _apart(self, one: float | None, other: float | None) -> float:
        if one == other:
            return 0.0
        if one is None or other is None:
            return math.inf
        if self.dose_scale == "linear":
            return abs(one - other)
        return abs(math.log(one / other)) if min(one, other) > 0 else math.inf

    @classmethod
    def examples(cls) -> list[Self]:
        """Both scales of the dose."""
        return [cls(), cls(dose_scale="linear")]


def _doses(perturbation: Perturbation) -> list[float | None]:
    """Amounts in the order of the targets."""
    rungs = sorted(amounts(perturbation), key=lambda rung: (rung[0], rung[2], rung[1] or 0.0))
    return [amount for _, amount, _ in rungs]


def _hours_apart(one: Condition, other: Condition, item: str) -> float:
    """Sum of the differences of the horizons and of the context item that is time."""
    total = 0.0
    for column in {"", item}:
        a, b = (time_of(c, column) for c in (one, other))
        if a is None or b is None:
            total += 0.0 if a is b else math.inf
        else:
            total += abs(a - b)
    return total
