"""Weighted conformal: bands for a new cell type, where its controls resemble known ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from foretell.core.context import Context
from foretell.core.dataset import Dataset
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.stats.conformal.quantile import effective_size, unit_weights, weighted_quantile
from foretell.uncertainty.context_shift import ControlSpace
from foretell.uncertainty.ledger import joined
from foretell.uncertainty.prepare import prepare, set_aside
from foretell.uncertainty.relation import BEYOND, CONTEXT, Seen
from foretell.uncertainty.spread import Scale, Spread

__all__ = ["WeightedConformal"]


@dataclass(eq=False)
class WeightedConformal(Model):
    r"""Add bands for contexts that were never calibrated on, by reweighting those that were.

    Holds if responses depend on the context only through what its control cells express, and if
    the ratio is right: assumptions that no data set can prove, so the bands claim less than those
    of `split_conformal`. Where the new controls look like none of the known ones, few weights carry
    everything, and the band is infinite.

    Model
    -----
    .. math:: \hat Y_{pj} \pm q_j f(s_p), \qquad q_j = \min \Big\{q :
       \sum_i w_i [s_{ij} \le q] \ge c\, \Big(\sum_i w_i + w_0\Big)\Big\}

    with s_ij = |Y_ij - prediction| / f over calibration conditions i (f: see `split_conformal`),
    w_i = v_i times the mean over the control cells of i's context of p(new) / p(known), by logistic
    regression on principal components of the controls; w_0 the same of the new context's own
    controls; v_i = 1 / (conditions of i's perturbation). Only calibration conditions whose
    perturbation stands to training as the row's does are used.

    Parameters
    ----------
    model : what is wrapped; it is not changed.
    coverage : in (0, 1).
    scale : see `split_conformal`.
    components : principal components of the controls, >= 1.
    least : effective number of calibration perturbations, (sum w)^2 / sum w^2, below which the
        band is infinite.

    Fallback: the mean and its reasons are those of the wrapped model. Without calibration
    conditions a quarter of the training conditions is carved out. On relative scales there are no
    controls to compare: infinite, with the reason. Known contexts need no weights, and get them
    all the same.
    Cost: O(fit of the model), and per context one regression and one sort, O(n n_genes
    log n). Source: tibshirani2019.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="weighted_conformal",
        family="uncertainty",
        summary="bands for new contexts, weighted by the likeness of their controls",
        tasks=ALL_TASKS,
        level="cells",
        outputs=("mean", "interval"),
        uses_calibration=True,
        reference="tibshirani2019",
    )
    model: Model = field(default_factory=lambda: make_model("perturbation_mean"))
    coverage: float = 0.9
    scale: Scale = "strength"
    components: int = 10
    least: float = 20.0

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Those of the wrapped model."""
        return self.model.tasks

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._train = data  # until it is known what there is to calibrate on

    def _calibrate(self, calibration: Dataset | None, rng: np.random.Generator) -> None:
        train = self.__dict__.pop("_train")
        ready = prepare(self.model, self.seed, train, calibration, rng, whole=False)
        reference, evidence = set_aside(ready, rng)
        parts = [train] if calibration is None else [train, calibration]
        self.space_ = ControlSpace.of(parts, self.components, rng)
        self.model_, self.conditions_ = ready.model, ready.train.perturbed
        self.spread_ = Spread.learn(self.scale, reference, ready.train.profiles().S)
        self.scores_, self.kind_, self.contexts_ = np.empty((0, len(train.genes))), [], []
        self.units_ = np.empty(0, dtype=np.int64)
        if evidence is not None and len(evidence):
            factor = self.spread_.of(evidence.shift, evidence.sd)
            self.scores_ = np.abs(evidence.residual) / factor
            self.kind_ = [_what(r) for r in evidence.relation]
            self.contexts_ = [c.context for c in evidence.conditions]
            names = [str(c.perturbation) for c in evidence.conditions]
            self.units_ = np.unique(names, return_inverse=True)[1].ravel()

    def _predict(self, query: Query) -> Prediction:
        answer = self.model_.predict(query)
        seen = Seen.of(self.conditions_)
        half = np.full(answer.mean.shape, np.inf)
        reasons = [""] * len(query)
        factor = self.spread_.of(answer.shift, answer.sd)
        found: dict[tuple[Context, str], tuple[np.ndarray, str]] = {}
        for i, row in enumerate(query.rows):
            kind = _what(seen.relation(row.condition))
            key = (row.origin, kind)
            if key not in found:
                found[key] = self._quantile(query, row.origin, kind)
            q, reasons[i] = found[key]
            if answer.answered[i]:
                half[i] = q * factor[i]
        mean = np.nan_to_num(answer.mean)
        return replace(
            answer,
            lower=mean - half,
            upper=mean + half,
            coverage=self.coverage,
            reasons=joined(answer, reasons),
        )

    def _quantile(self, query: Query, context: Context, kind: str) -> tuple[np.ndarray, str]:
        """Return the quantile (g,) for one context and kind of row, and what is to be said."""
        nothing = np.full(len(query.genes), np.inf)
        own = np.array([k == kind for k in self.kind_], dtype=bool)
        if BEYOND in kind or not own.any():
            return nothing, f"no calibration condition is like it ({kind})"
        cells = query.controls.cells(context)
        if self.space_ is None or cells.shape[0] == 0:
            return nothing, "there are no controls to compare contexts by"
        known = tuple(dict.fromkeys(self.contexts_))
        ratio, mine = self.space_.ratios(cells, known)
        at = np.array([known.index(c) for c in self.contexts_])[own]
        weights = ratio[at] * unit_weights(self.units_[own])
        n = effective_size(np.bincount(self.units_[own], weights))
        if n < self.least:
            return nothing, f"like {n:.1f} calibration perturbations, {self.least:g} are needed"
        q = weighted_quantile(self.scores_[own], weights, self.coverage, own=mine)
        return q, f"weighted: holds if controls tell all, as {n:.0f} calibration perturbations"

    @classmethod
    def examples(cls) -> list[Self]:
        """Return a demanding and an undemanding limit."""
        return [cls(), cls(model=make_model("bilinear"), coverage=0.5, least=2.0, scale="none")]


def _what(relation: str) -> str:
    """Return how the perturbation stands to training, whatever the context."""
    return relation.removeprefix(f"{CONTEXT}, ")
