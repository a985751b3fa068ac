"""Cross-conformal: bands from models that each left some perturbations out; no data are lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.encoding import Encoding
from foretell.core.ladder import without_dose
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.knowledge.encodings.gene_scores import GeneScores
from foretell.stats.conformal.cross import cross_bounds
from foretell.uncertainty.carve import draw_folds, without
from foretell.uncertainty.evidence import Evidence, evidence_of, left_out_evidence, stack
from foretell.uncertainty.ledger import Claim, Grouping, Groups, Ledger, joined
from foretell.uncertainty.novelty import Novelty
from foretell.uncertainty.prepare import CLAIM, fit_inner
from foretell.uncertainty.relation import Seen
from foretell.uncertainty.spread import Scale, Spread

__all__ = ["CrossConformal"]


@dataclass(eq=False)
class CrossConformal(Model):
    r"""Add bands to any model by leaving training perturbations out in turn.

    Every perturbation trains and calibrates: the choice for screens too small to spare some.
    Perturbations are left out whole, with all their doses and contexts.

    Model
    -----
    .. math:: \Big[ -Q\{R_i f_{k(i)} - \hat Y_{-k(i)}\},\; Q\{\hat Y_{-k(i)} + R_i f_{k(i)}\} \Big]

    Q the ceil((n + 1) coverage)-th smallest over training perturbations i, k(i) the fold that i
    was left out in, R_i its error under the model without that fold, divided by the spread f (see
    `split_conformal`) learnt on the errors of the other folds. The mean is that of the model
    fitted on all, and the band is widened to hold it. Guarantee: 2 coverage - 1 whatever the
    model is; coverage, about, where leaving a fold out changes it little.

    Parameters
    ----------
    model : what is wrapped; it is not changed.
    coverage : in (0, 1).
    method : ``cv+``; ``jackknife``: one band of equal sides from the closed form of
        `Model.leave_one_out`, without any refit, which holds for stable models only. Models
        without the closed form, and perturbations in several contexts, get ``cv+``.
    folds : of ``cv+``, for single perturbations and again for combinations, where there are both;
        as many as perturbations is the jackknife+.
    scale, groups, claim, encoding : see `split_conformal`. The spread of ``jackknife`` is learnt
        on the errors that it divides.

    Fallback: the mean, its fallbacks and its reasons are those of the wrapped model; infinite
    where no left-out perturbation stood to its training as a row does.
    Cost: O(folds) fits, O(n_rows n_train n_genes) to predict. Source: barber2021; lee2023 (units).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="cross_conformal",
        family="uncertainty",
        summary="bands around any model by leaving training perturbations out in turn",
        tasks=ALL_TASKS,
        level="cells",
        outputs=("mean", "interval"),
        reference="barber2021",
    )
    model: Model = field(default_factory=lambda: make_model("bilinear"))
    coverage: float = 0.9
    method: Literal["cv+", "jackknife"] = "cv+"
    folds: int = 10
    scale: Scale = "strength"
    groups: Groups = "none"
    claim: Claim = "exchangeable"
    encoding: Encoding = field(default_factory=GeneScores)

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Those of the wrapped model."""
        return self.model.tasks

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self.model_ = fit_inner(self.model, self.seed, data, rng)
        self.conditions_ = data.perturbed
        self.fold_models_: list[Model] = []
        found = left_out_evidence(self.model_, data) if self.method == "jackknife" else None
        if found is None:
            parts = self._leave_folds_out(data, rng)
        else:
            parts, self.fold_models_ = [found], [self.model_]
        evidence = stack(parts) if parts else None
        fold = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        S = data.profiles().S
        enough = evidence if evidence is not None and evidence.n_units >= CLAIM else None
        self.spread_ = Spread.learn(self.scale, enough, S)
        self.spreads_ = [
            Spread.learn(
                self.scale,
                enough if enough is None or len(parts) == 1 else enough.rows(fold != k),
                S,
            )
            for k in range(len(parts))
        ]
        novel = self.groups == "novelty"
        novelty = Novelty.of(self.encoding, data.profiles()) if novel else None
        self.grouping_ = Grouping.learn(self.groups, self.spread_, enough, novelty)
        self._count(evidence, fold, len(data.genes))

    def _leave_folds_out(self, data: Dataset, rng: np.random.Generator) -> list[Evidence]:
        """Fit once per fold; returns the evidence of each and keeps the models.

        Combinations are left out apart from single perturbations: their parts stay in training.
        """
        parts: list[Evidence] = []
        combined = np.array([c.perturbation.order > 1 for c in data.perturbed])
        for kind in (~combined, combined):
            own = [c for c, is_own in zip(data.perturbed, kind, strict=True) if is_own]
            keys = [without_dose(c.perturbation) for c in own]
            n = len(set(keys))
            folds = min(self.folds, n) if n >= 3 else 0
            fold = draw_folds(keys, folds, rng)
            for k in range(folds):
                held = [c for c, at in zip(own, fold, strict=True) if at == k]
                kept = without(data, held)
                if kept.perturbed:
                    fitted = fit_inner(self.model, self.seed, kept, rng)
                    asked = data.subset([*held, *(c for c in data.present if c.is_control)])
                    parts.append(evidence_of(fitted, Seen.of(kept.perturbed), asked))
                    self.fold_models_.append(fitted)
        return parts

    def _count(self, evidence: Evidence | None, fold: np.ndarray, g: int) -> None:
        """Keep scores, folds, units and labels of the left-out conditions."""
        self.fold_, self.labels_, self.scores_ = fold, np.empty(0, dtype=str), np.empty((0, g))
        self.units_ = np.empty(0, dtype=np.int64)
        if evidence is not None and len(evidence):
            labels = self.grouping_.label(
                self.spread_, evidence.relation, evidence.conditions, evidence.shift
            )
            factor = np.ones((len(evidence), 1))
            for k, spread in enumerate(self.spreads_):
                at = fold == k
                part = evidence.rows(at)
                own = spread.of(part.shift, part.sd)
                factor = np.broadcast_to(factor, (len(evidence), own.shape[1])).copy()
                factor[at] = own
            self.labels_ = np.array(labels, dtype=str)
            self.scores_ = np.abs(evidence.residual) / factor
            self.units_ = evidence.units
        self.ledger_ = Ledger.of(evidence, self.labels_.tolist(), self.coverage, self.claim)

    def _predict(self, query: Query) -> Prediction:
        answer = self.model_.predict(query)
        seen = Seen.of(self.conditions_)
        relation = [seen.relation(c) for c in query.conditions]
        labels = self.grouping_.label(self.spread_, relation, query.conditions, answer.shift)
        group, reasons = self.ledger_.judge(seen, query.conditions, labels)
        lower, upper = self._bounds(query, group)
        mean = np.nan_to_num(answer.mean)
        silent = ~answer.answered[:, None]
        return replace(
            answer,
            lower=np.where(silent, -np.inf, np.minimum(lower, mean)),
            upper=np.where(silent, np.inf, np.maximum(upper, mean)),
            coverage=self.coverage,
            reasons=joined(answer, reasons),
        )

    def _bounds(self, query: Query, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shape = (len(query), len(query.genes))
        lower, upper = np.full(shape, -np.inf), np.full(shape, np.inf)
        wanted = group >= (-1 if self.claim == "none" else 0)
        if not wanted.any() or not len(self.scores_):
            return lower, upper
        answers = [model.predict(query) for model in self.fold_models_]
        pairs = zip(self.spreads_, answers, strict=True)
        factor = np.array([spread.of(a.shift, a.sd) for spread, a in pairs])
        centre = np.array([a.mean for a in answers])
        for at in np.unique(group[wanted]):
            rows = np.flatnonzero(group == at)
            own = self.labels_ == self.ledger_.names[at] if at >= 0 else self.labels_ != ""
            lower[rows], upper[rows] = cross_bounds(
                centre[:, rows],
                self.scores_[own],
                self.fold_[own],
                self.coverage,
                spread=factor[:, rows],
                units=self._units_of(own) if at >= 0 else None,
            )
        return lower, upper

    def _units_of(self, own: np.ndarray) -> np.ndarray | None:
        """Return codes of the units, or None where each is one row, which is faster."""
        units: np.ndarray = self.units_[own]
        return None if len(np.unique(units)) == len(units) else units

    @classmethod
    def examples(cls) -> list[Self]:
        """Both methods, and every scale and grouping."""
        return [
            cls(folds=3),
            cls(model=make_model("context_mean"), coverage=0.5, folds=4, groups="novelty"),
            cls(
                model=make_model("additive"),
                method="jackknife",
                folds=2,
                scale="none",
                claim="none",
            ),
        ]
