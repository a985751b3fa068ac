"""My model: what it is, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.core.task import TaskName

__all__ = ["MyModel"]


@dataclass(eq=False)
class MyModel(Model):
    r"""Add the weighted mean shift of the context's training perturbations to its control mean.

    Good where perturbations share a response; it fails wherever they differ, because it cannot
    tell two perturbations apart.

    Model
    -----
    .. math:: \hat S_c = \frac{\sum_i n_i^w S_i}{\sum_i n_i^w},
              \quad i \text{ over the training conditions in context } c

    S (n_conditions, n_genes) training shifts; n (n_conditions,) observations of each.

    Parameters
    ----------
    weight : w from 0 (one vote per condition) to 1 (one vote per observation); no unit.

    Unseen targets: supported, like any other. Unseen contexts: the weighted mean over all
    training conditions, marked as fallback. Errors: none of its own.
    Cost: O(n_conditions n_genes). Source: vinastorne2025 (perturbed mean). Differs from the
    source: conditions may be weighted.

    >>> MyModel(weight=1.0).info.name
    'my_model'
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="my_model",
        family="baselines",
        summary="weighted mean training shift of the context",
        tasks=tuple(task for task in ALL_TASKS if task != TaskName.UNSEEN_CONTEXT),
        reference="vinastorne2025",
    )
    weight: float = 0.5

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        votes = data.n.astype(float) ** self.weight  # (n_conditions,)
        present = np.unique(data.context_index)
        self.contexts_ = [data.contexts[c] for c in present]
        self.shifts_ = [_mean(data, votes, data.context_index == c) for c in present]
        self.shift_ = _mean(data, votes, np.ones(len(votes), dtype=bool))

    def _predict(self, query: Query) -> Prediction:
        known = dict(zip(self.contexts_, self.shifts_, strict=True))
        shift = np.array([known.get(row.context, self.shift_) for row in query.rows])
        unseen = np.array([row.context not in known for row in query.rows])
        return query.answer(shift=shift, fallback=unseen, reason="unseen context")

    @classmethod
    def examples(cls) -> list[Self]:
        """Both ends and the middle; every contract test runs each of them."""
        return [cls(), cls(weight=0.0), cls(weight=1.0)]


def _mean(data: Profiles, votes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the weighted mean (n_genes,) of the training shifts of some conditions."""
    mean: np.ndarray = np.average(data.S_filled[rows], axis=0, weights=votes[rows])
    return mean
