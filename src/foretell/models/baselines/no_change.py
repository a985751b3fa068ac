"""No change: the control mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query

__all__ = ["NoChange"]


@dataclass(eq=False)
class NoChange(Model):
    r"""Predict that nothing happens.

    Model
    -----
    .. math:: \hat Y_i = \bar x_{c(i)}

    with the control mean (n_genes,) of row i's context. Good where most perturbations do nothing;
    it fails wherever there is a response. Its shift is zero, so every correlation with it is at
    chance by definition.

    Unseen targets and contexts: supported. Cost: O(1). Source: ahlmanneltze2025 ("no change").

    >>> NoChange().info.name
    'no_change'
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="no_change",
        family="baselines",
        summary="the control mean",
        tasks=ALL_TASKS,
        reference="ahlmanneltze2025",
    )

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        """Nothing to learn."""
        self._training = data

    def _predict(self, query: Query) -> Prediction:
        return query.answer(shift=np.zeros((len(query), len(query.genes))))

    def leave_one_out(self) -> np.ndarray | None:
        """Return the control means (n_conditions, n_genes): no other condition matters."""
        data = getattr(self, "_training", None)  # not saved
        return None if data is None else data.control[data.context_index].copy()
