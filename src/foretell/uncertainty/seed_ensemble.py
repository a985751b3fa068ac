"""Seed ensemble: one model fitted with several seeds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.seeds import seed_for
from foretell.core.task import TaskName
from foretell.uncertainty.prepare import fit_inner

__all__ = ["SeedEnsemble"]

SEEDS = 2**31  # what other libraries take as a seed


@dataclass(eq=False)
class SeedEnsemble(Model):
    r"""Average a model over seeds, and report how much they differ.

    Model
    -----
    .. math:: \hat Y = \frac{1}{M} \sum_m \hat Y^{(m)}, \qquad
       \sigma^2 = \frac{1}{M - 1} \sum_m (\hat Y^{(m)} - \hat Y)^2

    over M members. The spread is what training adds by chance, such as initial weights and order
    of batches; it knows nothing of what all members get wrong alike, so it is far too small as an
    error. `split_conformal` with scale = ``sd`` makes bands of it that hold. Of a model that draws
    nothing it is 0.

    Parameters
    ----------
    model : what is fitted.
    members : M >= 2.

    Fallback: as the model's first member. Cost: O(members) fits.
    Source: lakshminarayanan2017 (without their adversarial training).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="seed_ensemble",
        family="uncertainty",
        summary="mean and spread of one model over seeds",
        tasks=ALL_TASKS,
        level="cells",
        reference="lakshminarayanan2017",
    )
    model: Model = field(default_factory=lambda: make_model("bilinear"))
    members: int = 5

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Those of the wrapped model."""
        return self.model.tasks

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        seeds = [seed_for(ensemble=self.seed, member=m) % SEEDS for m in range(self.members)]
        self.members_ = [fit_inner(self.model, seed, data, rng) for seed in seeds]

    def _predict(self, query: Query) -> Prediction:
        answers = [member.predict(query) for member in self.members_]
        means = np.array([answer.mean for answer in answers])
        return replace(
            answers[0],
            mean=means.mean(axis=0),
            sd=np.nan_to_num(means.std(axis=0, ddof=1)),
            cells=None,
            cell_row=None,
            lower=None,
            upper=None,
            coverage=None,
        )

    @classmethod
    def examples(cls) -> list[Self]:
        """Two models."""
        return [cls(members=2), cls(model=make_model("context_mean"), members=3)]
