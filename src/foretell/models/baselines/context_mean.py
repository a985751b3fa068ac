"""Context mean: the mean training shift of the same context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.core.task import TaskName
from foretell.models.baselines.mean_shift import (
    group_means,
    left_out_means,
    look_up,
    mean_shift,
)

__all__ = ["ContextMean"]


@dataclass(eq=False)
class ContextMean(Model):
    r"""Add the mean shift of the context's training perturbations to its control mean.

    Model
    -----
    .. math:: \hat S_i = \frac{1}{n_c} \sum_{j : c(j) = c(i)} S_j

    The primary floor of the task *unseen perturbation*. It cannot tell two perturbations apart.

    Parameters
    ----------
    weight : one vote per ``condition``, or per ``observation``.

    Unseen contexts: fall back to the mean shift of all training conditions.
    Cost: O(n_conditions n_genes). Source: adduri2025 (context mean).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="context_mean",
        family="baselines",
        summary="control mean plus mean training shift of the context",
        tasks=tuple(task for task in ALL_TASKS if task != TaskName.UNSEEN_CONTEXT),
        reference="adduri2025",
    )
    weight: Literal["condition", "observation"] = "condition"

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        contexts = [c.context for c in data.conditions]
        table = group_means(data, contexts, self.weight)
        self.contexts_, self.shifts_ = list(table), list(table.values())
        self.shift_ = mean_shift(data, self.weight)
        self._training = data

    def _predict(self, query: Query) -> Prediction:
        table = dict(zip(self.contexts_, self.shifts_, strict=True))
        shift, missing = look_up(table, [row.context for row in query.rows], self.shift_)
        return query.answer(shift=shift, fallback=missing, reason="unseen context")

    def leave_one_out(self) -> np.ndarray | None:
        """Return mean profiles (n_conditions, n_genes): the mean of the others of its group.

        A condition that stands alone gets the mean shift of all others, as a fallback does.
        """
        data = getattr(self, "_training", None)  # not saved
        if data is None or len(data.conditions) < 2:
            return None
        keys = [c.context for c in data.conditions]
        own = left_out_means(data, keys, self.weight)
        alone = np.array([keys.count(key) == 1 for key in keys])[:, None]
        shift = np.where(alone, left_out_means(data, weight=self.weight), own)
        profiles: np.ndarray = data.control[data.context_index] + np.nan_to_num(shift)
        return profiles
