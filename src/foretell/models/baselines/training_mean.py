"""Training mean: every perturbation does what training perturbations do on average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np

from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.models.baselines.mean_shift import left_out_means, mean_shift

__all__ = ["TrainingMean"]


@dataclass(eq=False)
class TrainingMean(Model):
    r"""Add the mean training shift to the control mean, whatever is asked.

    Model
    -----
    .. math:: \hat S = \frac{1}{n} \sum_i S_i

    S (n_conditions, n_genes) training shifts, over all contexts. Hard to beat where perturbations
    share a stress response; it cannot tell two perturbations apart.

    Parameters
    ----------
    weight : one vote per ``condition``, or per ``observation``.

    Unseen targets and contexts: supported. Cost: O(n_conditions n_genes).
    Source: vinastorne2025 (perturbed mean); kernfeld2025.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="training_mean",
        family="baselines",
        summary="control mean plus mean training shift",
        tasks=ALL_TASKS,
        reference="vinastorne2025",
    )
    weight: Literal["condition", "observation"] = "condition"

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        self.shift_ = mean_shift(data, self.weight)
        self._training = data

    def _predict(self, query: Query) -> Prediction:
        return query.answer(shift=np.tile(self.shift_, (len(query), 1)))

    def leave_one_out(self) -> np.ndarray | None:
        """Return mean profiles (n_conditions, n_genes): the mean shift of all others."""
        data = getattr(self, "_training", None)  # not saved
        if data is None or len(data.conditions) < 2:
            return None
        shift = np.nan_to_num(left_out_means(data, weight=self.weight))
        profiles: np.ndarray = data.control[data.context_index] + shift
        return profiles

    @classmethod
    def examples(cls) -> list[Self]:
        """Both weights."""
        return [cls(), cls(weight="observation")]
