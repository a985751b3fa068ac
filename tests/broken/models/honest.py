"""The model that the broken ones are made from; it keeps every clause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.query import Query


@dataclass(eq=False)
class Honest(Model):
    r"""Add the mean training shift to the control mean.

    Model
    -----
    .. math:: \hat S = \frac{1}{n} \sum_i S_i

    Parameters
    ----------
    calls, memory : fields that broken subjects add.

    Unseen targets and contexts: supported. Cost: O(n). Source: kernfeld2025.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="honest",
        family="models",
        summary="mean training shift",
        tasks=ALL_TASKS,
        reference="kernfeld2025",
    )

    def __init_subclass__(cls) -> None:
        cls.info = replace(cls.info, name=cls.__module__.rpartition(".")[2])

    def _fit(self, data: Any, rng: np.random.Generator) -> None:
        self.shift_ = data.S.mean(axis=0)
        self.contexts_ = sorted({c.context for c in data.conditions}, key=str)
        self.targets_ = list(data.targets)

    def _shift(self, query: Query) -> np.ndarray:
        return np.tile(self.shift_, (len(query), 1))

    def _predict(self, query: Query) -> Prediction:
        return query.answer(shift=self._shift(query))


def without(*tasks: str) -> ModelInfo:
    """The record of an honest model that does not declare some tasks."""
    return replace(Honest.info, tasks=tuple(t for t in ALL_TASKS if t not in tasks))


class Samples(Honest):
    info = replace(Honest.info, outputs=("mean", "cells", "interval"), level="cells")

    def _fit(self, data: Any, rng: np.random.Generator) -> None:
        super()._fit(data.profiles(), rng)

    def _predict(self, query: Query) -> Prediction:
        answer = super()._predict(query)
        noise = [self.row_rng(row).normal(size=(3, len(query.genes))) for row in query.rows]
        cells = answer.mean[:, None] + np.array(noise)
        lower, upper = answer.mean - 2.0, answer.mean + 2.0
        return replace(
            answer,
            cells=cells.reshape(-1, len(query.genes)),
            cell_row=np.repeat(np.arange(len(query)), 3),
            lower=lower,
            upper=upper,
            coverage=0.95,
        )


class Calibrates(Honest):
    info = replace(Honest.info, uses_calibration=True)

    def _calibrate(self, calibration: Any, rng: np.random.Generator) -> None:
        self.shift_ = self.shift_ + 0.1 * calibration.profiles().S.mean(axis=0)


class RefitsOnLoad(Honest):
    info = replace(Honest.info, saves="profiles")


class Abstains(Honest):
    info = without("unseen_context", "unseen_perturbation")

    def _predict(self, query: Query) -> Prediction:
        known = set(self.targets_)
        refused = [
            row.context not in self.contexts_ or not known.issuperset(row.perturbation.targets)
            for row in query.rows
        ]
        mask = np.array(refused, dtype=bool)
        return query.answer(shift=self._shift(query), abstain=mask, reason="never seen")


class ComparesRows(Honest):
    info = replace(Honest.info, whole_query=True)

    def _shift(self, query: Query) -> np.ndarray:
        return super()._shift(query) / len(query)
