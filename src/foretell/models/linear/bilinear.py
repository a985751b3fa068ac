"""Bilinear: the linear model of Ahlmann-Eltze, Huber and Anders."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from foretell.core.encoding import Encoding
from foretell.core.model import Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.core.task import TaskName
from foretell.knowledge.encodings.gene_scores import GeneScores
from foretell.models.linear.left_out import left_out_mean, left_out_part
from foretell.models.linear.pooled import pool_contexts, to_conditions
from foretell.stats.bilinear import loo_bilinear
from foretell.stats.components import scores

__all__ = ["Bilinear"]

PENALTIES = tuple(float(10.0**e) for e in np.arange(-3, 3.5, 0.5))


@dataclass(eq=False)
class Bilinear(Model):
    r"""A gene embedding, a perturbation embedding, and the small matrix between them.

    Model
    -----
    .. math:: \min_K \|Y - (A K B + c 1^\top)\|_F^2, \qquad
              K = (A^\top A + \lambda I)^{-1} A^\top (Y - c 1^\top) B^\top
              (B B^\top + \lambda I)^{-1}

    Y (n_genes, n_perturbations) training shifts, averaged over contexts, c (n_genes,) their
    mean, A (n_genes, k) gene scores of the training profiles, B (d, n_perturbations) the
    perturbations' vectors. The prediction is A K b + c added to the control mean. lambda is the
    one of `penalties` with the smallest exact leave-one-perturbation-out error (the embeddings
    are not refitted for it; they never see test conditions).

    Parameters
    ----------
    rank : k >= 1, principal components of the genes.
    encoding : perturbation -> vector; by default the target's own gene scores.
    penalties : candidates for lambda > 0; the published value is 0.1.

    Rows that the encoding does not cover (a target that is not measured): the mean training
    shift c, marked as fallback. Cost: O(n_genes n_conditions k) and small matrices.
    Source: ahlmanneltze2025. Differs from the source: lambda is chosen, not fixed
    (`as_published` fixes it).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="bilinear",
        family="linear",
        summary="linear model between gene and perturbation embeddings",
        tasks=(
            TaskName.UNSEEN_PERTURBATION,
            TaskName.UNSEEN_COMBINATION,
            TaskName.UNSEEN_CONTEXT,
            TaskName.SEEN_CONDITION,
        ),
        reference="ahlmanneltze2025",
    )
    rank: int = 10
    encoding: Encoding = field(default_factory=GeneScores)
    penalties: tuple[float, ...] = PENALTIES

    @classmethod
    def as_published(cls) -> Self:
        """Ten components and a penalty of 0.1."""
        return cls(rank=10, encoding=GeneScores(rank=10), penalties=(0.1,))

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        perturbations, S, _ = pool_contexts(data)
        self._training = data
        self.encoding_ = copy(self.encoding).fit(data)  # the field is shared by copies of a model
        B, covered = self.encoding_.encode(perturbations)
        self.center_ = S.mean(axis=0)
        profiles = np.vstack([data.control[data.context_index] + data.S_filled, data.control])
        A = scores(profiles.T, self.rank)
        self.penalty_ = (np.inf, np.inf)
        self.map_ = np.zeros((B.shape[1], S.shape[1]))
        if covered.sum() > 2:
            fit = loo_bilinear(A, B[covered].T, S[covered].T, self.penalties)
            self._gene_scores = A
            self.center_, self.penalty_ = fit.center, fit.penalty
            self.map_ = (A @ fit.K).T  # (d, n_genes)

    def _predict(self, query: Query) -> Prediction:
        B, covered = self.encoding_.encode(query.perturbations)
        shift = self.center_ + np.where(covered[:, None], B @ self.map_, 0.0)
        return query.answer(
            shift=shift, fallback=~covered, reason="the encoding does not cover a target"
        )

    def leave_one_out(self) -> np.ndarray | None:
        """Return mean profiles (n_conditions, n_genes) without the perturbation, in all contexts.

        Exact for the embeddings and penalties of the whole fit, which are not chosen again.
        """
        data = getattr(self, "_training", None)  # not saved
        if data is None:
            return None
        perturbations, S, _ = pool_contexts(data)
        if len(S) < 2:
            return None
        B, covered = self.encoding_.encode(perturbations)
        if covered.sum() <= 2:
            return to_conditions(data, perturbations, left_out_mean(S))
        shift = np.tile(self.center_, (len(S), 1))  # of the covered ones: others are not in it
        shift[covered] = self._left_out(B[covered], S[covered])
        return to_conditions(data, perturbations, shift)

    def _left_out(self, B: np.ndarray, S: np.ndarray) -> np.ndarray:
        """Return (n, g) shifts of covered perturbations without themselves."""
        A, (on_genes, on_rows) = self._gene_scores, self.penalty_
        F = B @ np.linalg.lstsq(B.T @ B + on_rows * np.eye(B.shape[1]), B.T, rcond=None)[0]
        part = left_out_part(F, S)  # before the gene side
        side = np.linalg.lstsq(A.T @ A + on_genes * np.eye(A.shape[1]), A.T @ part.T, rcond=None)
        shift: np.ndarray = left_out_mean(S) + (A @ side[0]).T
        return shift

    @classmethod
    def examples(cls) -> list[Self]:
        """Chosen and published penalty."""
        return [cls(rank=5, encoding=GeneScores(rank=5)), cls.as_published()]
