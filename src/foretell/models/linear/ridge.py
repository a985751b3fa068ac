"""Ridge: shifts from an encoding of the perturbation."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from foretell.core.encoding import Encoding
from foretell.core.model import Model, ModelInfo
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.core.task import TaskName
from foretell.knowledge.encodings.gene_scores import GeneScores
from foretell.knowledge.encodings.one_hot import OneHot
from foretell.models.linear.left_out import left_out_mean
from foretell.models.linear.pooled import pool_contexts, to_conditions
from foretell.stats.ridge import loo_ridge

__all__ = ["Ridge"]

PENALTIES = tuple(float(10.0**e) for e in np.arange(-3, 3.5, 0.5))


@dataclass(eq=False)
class Ridge(Model):
    r"""Ridge regression of the shift on an encoding of the perturbation.

    Model
    -----
    .. math:: \min_{W, b} \|S - V W - 1 b^\top\|_F^2 + \lambda \|W\|_F^2

    S (n_perturbations, n_genes) training shifts, averaged over contexts and weighted by their
    number, V (n_perturbations, d) their encoding, W (d, n_genes), b (n_genes,) unpenalised.
    lambda is the one of `penalties` with the smallest exact leave-one-perturbation-out error,
    from one decomposition shared by all genes. With a one-hot
    encoding it shrinks combinations towards the mean; with a table of gene vectors it predicts
    unseen genes.

    Parameters
    ----------
    encoding : perturbation -> vector; fitted on training profiles only.
    penalties : candidates for lambda > 0, in squared units of the encoding.
    per_gene : choose a penalty for every gene instead of one for all.

    Rows that the encoding does not cover: the mean training shift, marked as fallback.
    Cost: O(n d min(n, d) + n^2 n_genes). Source: hoerl1970; allen1974 (leave-one-out).
    Differs from the source: one context shares its shift with all others.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="ridge",
        family="linear",
        summary="ridge regression of the shift on an encoding",
        tasks=(TaskName.UNSEEN_COMBINATION, TaskName.UNSEEN_CONTEXT, TaskName.SEEN_CONDITION),
        reference="hoerl1970",
    )
    encoding: Encoding = field(default_factory=OneHot)
    penalties: tuple[float, ...] = PENALTIES
    per_gene: bool = False

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Also unseen perturbations, where the encoding has vectors for them."""
        unseen = (TaskName.UNSEEN_PERTURBATION,) if self.encoding.info.covers_unseen else ()
        return (*self.info.tasks, *unseen)

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        perturbations, S, n_contexts = pool_contexts(data)
        self._training = data
        self.encoding_ = copy(self.encoding).fit(data)  # the field is shared by copies of a model
        V, covered = self.encoding_.encode(perturbations)
        self.mean_ = np.average(S, axis=0, weights=n_contexts)
        self.weights_ = np.zeros((V.shape[1], S.shape[1]))
        self.intercept_ = self.mean_
        self.penalty_: float | np.ndarray = np.inf
        if covered.sum() > 2:
            fit = loo_ridge(
                V[covered],
                S[covered],
                self.penalties,
                per_target=self.per_gene,
                weights=n_contexts[covered],
            )
            self.weights_, self.intercept_ = fit.coef, fit.intercept
            self.penalty_ = fit.penalty

    def _predict(self, query: Query) -> Prediction:
        V, covered = self.encoding_.encode(query.perturbations)
        shift = np.where(covered[:, None], self.intercept_ + V @ self.weights_, self.mean_)
        return query.answer(
            shift=shift, fallback=~covered, reason="the encoding does not cover a target"
        )

    def leave_one_out(self) -> np.ndarray | None:
        """Return mean profiles (n_conditions, n_genes) without the perturbation, in all contexts.

        Exact for the encoding and penalty of the whole fit, which are not chosen again. A
        perturbation that an encoding of training targets knows from itself alone falls back.
        """
        data = getattr(self, "_training", None)  # not saved
        if data is None:
            return None
        perturbations, S, weights = pool_contexts(data)
        if len(S) < 2:
            return None
        V, covered = self.encoding_.encode(perturbations)
        shift = left_out_mean(S, weights)
        if covered.sum() > 2:
            left = self._left_out(V[covered], S[covered], weights[covered])
            known = self._covered_without_itself(perturbations)[covered]
            shift[np.flatnonzero(covered)[known]] = left[known]
        return to_conditions(data, perturbations, shift)

    def _covered_without_itself(self, perturbations: tuple[Perturbation, ...]) -> np.ndarray:
        """(n,) False where a target occurs in no other perturbation, and has to."""
        if self.encoding.info.covers_unseen:
            return np.ones(len(perturbations), dtype=bool)
        count = Counter(target for p in perturbations for target in p.targets)
        return np.array([all(count[t] > 1 for t in p.targets) for p in perturbations], dtype=bool)

    def _left_out(self, V: np.ndarray, S: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return (n, g) shifts without each row: y - (y - fit) / (1 - leverage)."""
        share, root = weights / weights.sum(), np.sqrt(weights)[:, None]
        U, s, _ = np.linalg.svd(root * (V - share @ V), full_matrices=False)
        residual = S - (self.intercept_ + V @ self.weights_)
        shift = np.empty_like(S)
        penalty = np.broadcast_to(self.penalty_, S.shape[1])
        for value in np.unique(penalty):
            at = penalty == value
            slack = 1.0 - share - U**2 @ (s**2 / (s**2 + value))
            shift[:, at] = S[:, at] - residual[:, at] / np.maximum(slack, 1e-12)[:, None]
        return shift

    @classmethod
    def examples(cls) -> list[Self]:
        """One-hot and gene scores, shared and per-gene penalties."""
        return [cls(), cls(encoding=GeneScores(rank=5)), cls(per_gene=True)]
