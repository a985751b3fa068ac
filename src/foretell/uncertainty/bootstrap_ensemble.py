"""Bootstrap ensemble: one model fitted on random parts of the training perturbations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.ladder import without_dose
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.uncertainty.carve import draw_folds, without
from foretell.uncertainty.prepare import fit_inner

__all__ = ["BootstrapEnsemble"]


@dataclass(eq=False)
class BootstrapEnsemble(Model):
    r"""Refit on random halves of the training perturbations: what other perturbations would say.

    Model
    -----
    .. math:: \sigma^2 = \frac{m}{n - m} \cdot \frac{1}{M - 1}
       \sum_k (\hat Y^{(k)} - \bar Y)^2

    over M members, each fitted on m of n training perturbations drawn without replacement, with
    all their doses and contexts (the delete-d jackknife: a data set holds a condition once, so a
    bootstrap that draws one twice has no place in it). The mean is that of the model fitted on
    all. The spread is how much the answer hangs on which perturbations were trained on; noise of
    the new measurement, and what every fit gets wrong alike, are not in it: calibrate it by
    `split_conformal` with scale = ``sd``.

    Parameters
    ----------
    model : what is fitted.
    members : M >= 2.
    share : m / n, in (0, 1).

    Fallback: that of the model fitted on all; with fewer than four perturbations the spread is 0.
    Cost: O(members) fits on a part, and one on all.
    Source: shao1989.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="bootstrap_ensemble",
        family="uncertainty",
        summary="spread of one model over random parts of the training perturbations",
        tasks=ALL_TASKS,
        level="cells",
        reference="shao1989",
    )
    model: Model = field(default_factory=lambda: make_model("bilinear"))
    members: int = 10
    share: float = 0.5

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Those of the wrapped model."""
        return self.model.tasks

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self.model_ = fit_inner(self.model, self.seed, data, rng)
        keys = [without_dose(c.perturbation) for c in data.perturbed]
        n = len(set(keys))
        m = int(np.clip(round(self.share * n), 1, max(n - 1, 1)))
        self.members_: list[Model] = []
        self.factor_ = float(np.sqrt(m / (n - m))) if n > m else 0.0
        for _ in range(self.members if n >= 4 else 0):
            order = draw_folds(keys, n, rng)
            left = [c for c, at in zip(data.perturbed, order, strict=True) if at >= m]
            self.members_.append(fit_inner(self.model, self.seed, without(data, left), rng))

    def _predict(self, query: Query) -> Prediction:
        answer = self.model_.predict(query)
        sd = np.zeros(answer.mean.shape)
        if self.members_:
            means = np.array([member.predict(query).mean for member in self.members_])
            sd = np.nan_to_num(self.factor_ * means.std(axis=0, ddof=1))
        return replace(answer, sd=sd, lower=None, upper=None, coverage=None)

    @classmethod
    def examples(cls) -> list[Self]:
        """Halves, and larger parts of another model."""
        return [cls(members=3), cls(model=make_model("additive"), members=2, share=0.8)]
