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
