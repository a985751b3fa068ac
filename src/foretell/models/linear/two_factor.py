"""Two-factor: a shift is the sum of what the context does and what the perturbation does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from foretell.core.model import Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.core.task import TaskName
from foretell.models.linear.left_out import left_out_mean, left_out_part

__all__ = ["TwoFactor"]


@dataclass(eq=False)
class TwoFactor(Model):
    r"""Two-way analysis of shifts, by least squares on an unbalanced grid.

    Model
    -----
    .. math:: S_{pc} = \mu + \alpha_c + \beta_p, \qquad
              \min \|S - \hat S\|_F^2 + \lambda (\|\alpha\|_F^2 + \|\beta\|_F^2)

    S (n_conditions, n_genes); alpha (n_contexts, n_genes); beta (n_perturbations, n_genes);
    mu (n_genes,) the mean shift. Good where contexts differ by an offset of the response; it
    knows no interaction of perturbation and context.

    Parameters
    ----------
    penalty : lambda > 0, in observations per level; small values only make the fit unique.

    Unseen contexts: alpha is 0. Unseen perturbations: beta is 0, marked as fallback.
    Cost: O((n_contexts + n_perturbations)^3 + n_conditions n_genes).
    Source: hoerl1970 (the ridge that makes it unique); see `PerturbationMean` for its limit of
    one context.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="two_factor",
        family="linear",
        summary="context effect plus perturbation effect on the shift",
        tasks=(TaskName.UNSEEN_CONTEXT, TaskName.SEEN_CONDITION),
        reference="hoerl1970",
    )
    penalty: float = 0.01

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        self.contexts_ = sorted({c.context for c in data.conditions}, key=str)
        self.perturbations_ = sorted({c.perturbation for c in data.conditions}, key=str)
        S = data.S_filled
        self._training = data
        self.mean_ = S.mean(axis=0)
        Z = self._levels([(c.context, c.perturbation) for c in data.conditions])
        gram = Z.T @ Z + self.penalty * np.eye(Z.shape[1])
        self.effects_ = np.linalg.solve(gram, Z.T @ (S - self.mean_))  # (levels, n_genes)

    def _levels(self, pairs: list[tuple[Any, Any]]) -> np.ndarray:
        """Return the incidence (n, n_contexts + n_perturbations); unknown levels are 0."""
        levels = [*self.contexts_, *self.perturbations_]
        position = {level: j for j, level in enumerate(levels)}
        Z = np.zeros((len(pairs), len(levels)))
        for i, pair in enumerate(pairs):
            for level in pair:
                if level in position:
                    Z[i, position[level]] = 1.0
        return Z

    def _predict(self, query: Query) -> Prediction:
        Z = self._levels([(row.context, row.perturbation) for row in query.rows])
        known = set(self.perturbations_)
        missing = np.array([p not in known for p in query.perturbations], dtype=bool)
        return query.answer(
            shift=self.mean_ + Z @ self.effects_, fallback=missing, reason="unseen perturbation"
        )

    def leave_one_out(self) -> np.ndarray | None:
        """Return mean profiles (n_conditions, n_genes) without each condition; exact."""
        data = getattr(self, "_training", None)  # not saved
        if data is None or len(data.conditions) < 3:
            return None
        S = data.S_filled
        Z = self._levels([(c.context, c.perturbation) for c in data.conditions])
        F = Z @ np.linalg.solve(Z.T @ Z + self.penalty * np.eye(Z.shape[1]), Z.T)
        shift = left_out_mean(S) + left_out_part(F, S)
        profiles: np.ndarray = data.control[data.context_index] + shift
        return profiles
