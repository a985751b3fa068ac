"""Perturbation mean: the perturbation's mean shift in other contexts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from foretell.core.model import Model, ModelInfo
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

__all__ = ["PerturbationMean"]


@dataclass(eq=False)
class PerturbationMean(Model):
    r"""Carry a perturbation's mean training shift over to any context.

    Model
    -----
    .. math:: \hat S_i = \frac{1}{n_p} \sum_{j : p(j) = p(i)} S_j

    The primary floor of the task *unseen context*. Good where contexts respond alike; it fails
    where the response depends on what the cell type expresses.

    Parameters
    ----------
    weight : one vote per ``condition``, or per ``observation``.

    Unseen perturbations: fall back to the mean shift of all training conditions.
    Cost: O(n_conditions n_genes). Source: adduri2025 (perturbation mean).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="perturbation_mean",
        family="baselines",
        summary="control mean plus the perturbation's mean shift elsewhere",
        tasks=(TaskName.UNSEEN_CONTEXT, TaskName.SEEN_CONDITION),
        reference="adduri2025",
    )
    weight: Literal["condition", "observation"] = "condition"

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        table = group_means(data, [c.perturbation for c in data.conditions], self.weight)
        self.perturbations_, self.shifts_ = list(table), list(table.values())
        self.shift_ = mean_shift(data, self.weight)
        self._training = data

    def _predict(self, query: Query) -> Prediction:
        table = dict(zip(self.perturbations_, self.shifts_, strict=True))
        shift, missing = look_up(table, query.perturbations, self.shift_)
        return query.answer(shift=shift, fallback=missing, reason="unseen perturbation")

    def leave_one_out(self) -> np.ndarray | None:
        """Return mean profiles (n_conditions, n_genes): the mean of the others of its group.

        A condition that stands alone gets the mean shift of all others, as a fallback does.
        """
        data = getattr(self, "_training", None)  # not saved
        if data is None or len(data.conditions) < 2:
            return None
        keys = [c.perturbation for c in data.conditions]
        own = left_out_means(data, keys, self.weight)
        alone = np.array([keys.count(key) == 1 for key in keys])[:, None]
        shift = np.where(alone, left_out_means(data, weight=self.weight), own)
        profiles: np.ndarray = data.control[data.context_index] + np.nan_to_num(shift)
        return profiles
