"""Split conformal: bands that cover unseen perturbations as often as they say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.encoding import Encoding
from foretell.core.errors import BadValues
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.knowledge.encodings.gene_scores import GeneScores
from foretell.stats.conformal.quantile import conformal_quantile
from foretell.stats.conformal.spread import noise_ratio
from foretell.uncertainty.evidence import Evidence
from foretell.uncertainty.ledger import Claim, Grouping, Groups, Ledger, joined
from foretell.uncertainty.novelty import Novelty
from foretell.uncertainty.prepare import prepare, set_aside
from foretell.uncertainty.relation import Seen
from foretell.uncertainty.spread import Scale, Spread

__all__ = ["SplitConformal"]


@dataclass(eq=False)
class SplitConformal(Model):
    r"""Add bands to any model, from its errors on calibration perturbations.

    The band of a gene covers its measured mean, at full depth, in at least `coverage` of new
    perturbations of the same kind, whatever the model and the data. Good from 40 calibration
    perturbations; weak and strong ones are covered alike where the model can tell them apart. It
    says nothing about all genes at once (`simultaneous_bands`) nor about new cell types.

    Model
    -----
    .. math:: \hat Y_{pj} \pm q_j f(s_p), \qquad
       q_j = \lceil (n + 1) c \rceil\text{-th smallest of } |Y_{ij} - \hat Y_{ij}| / f(s_i)

    over the n calibration perturbations i, c the coverage. f(s) = sqrt(a + b s^2) with the
    predicted strength s, the root mean square over genes of the predicted shift in units of each
    gene's typical error. a, b are learnt where no q is taken from: on training left out in closed
    form (`Model.leave_one_out`), else on a quarter of the calibration perturbations. A
    perturbation measured in k contexts has one vote, 1/k for each. A row is compared only with
    calibration conditions that stand to training as it does: unseen perturbation, combination
    with so many parts seen, unseen dose, and so on.

    Parameters
    ----------
    model : what is wrapped; it is not changed.
    coverage : in (0, 1).
    scale : ``strength``; ``none``: f = 1; ``sd``: f = the model's own standard deviation.
    groups : also calibrate tertiles of predicted ``strength`` or of ``novelty`` apart (three
        times as many calibration perturbations are needed).
    target : ``profile``: the measured mean; ``population``: what it would be with endless
        cells. Its bands are narrower by the share of the squared errors that is sampling noise;
        that holds for many calibration perturbations, not exactly for few.
    claim : ``exchangeable``: infinite bands where no calibration condition can speak for a row
        (unseen context, dose beyond those trained on, too few), with the reason; ``none``: a
        band all the same, that claims nothing.
    encoding : in which novelty is measured, as distance to the nearest training perturbations.

    Fallback: the mean, its fallbacks and its reasons are those of the wrapped model. Without
    calibration conditions a quarter of the training perturbations is carved out for them.
    Errors: `BadValues` for ``population`` without several observations per condition.
    Cost: O(fit of the model) + O(n_calibration n_genes).
    Source: papadopoulos2002; lei2018 (scale); vovk2005 (groups); lee2023 (units).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="split_conformal",
        family="uncertainty",
        summary="bands around any model from its errors on held-out perturbations",
        tasks=ALL_TASKS,
        level="cells",
        outputs=("mean", "interval"),
        uses_calibration=True,
        reference="papadopoulos2002",
    )
    model: Model = field(default_factory=lambda: make_model("bilinear"))
    coverage: float = 0.9
    scale: Scale = "strength"
    groups: Groups = "none"
    target: Literal["profile", "population"] = "profile"
    claim: Claim = "exchangeable"
    encoding: Encoding = field(default_factory=GeneScores)

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Those of the wrapped model."""
        return self.model.tasks

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._train = data  # until it is known what there is to calibrate on

    def _calibrate(self, calibration: Dataset | None, rng: np.random.Generator) -> None:
        train = self.__dict__.pop("_train")
        noisy = self.target == "population"
        ready = prepare(self.model, self.seed, train, calibration, rng, with_noise=noisy)
        reference, evidence = set_aside(ready, rng) if self._learns else (None, ready.evidence)
        g = len(train.genes)
        self.model_, self.conditions_ = ready.model, ready.train.perturbed
        self.spread_ = Spread.learn(self.scale, reference, ready.train.profiles().S)
        novel = self.groups == "novelty"
        novelty = Novelty.of(self.encoding, ready.train.profiles()) if novel else None
        self.grouping_ = Grouping.learn(self.groups, self.spread_, reference, novelty)
        labels: list[str] = []
        if evidence is not None:
            labels = self.grouping_.label(
                self.spread_, evidence.relation, evidence.conditions, evidence.shift
            )
        self.ledger_ = Ledger.of(evidence, labels, self.coverage, self.claim)
        self.quantiles_ = self._quantiles(evidence, np.array(labels, dtype=str), g)

    @property
    def _learns(self) -> bool:
        return self.scale == "strength" or self.groups != "none"

    def _quantiles(self, evidence: Evidence | None, labels: np.ndarray, g: int) -> np.ndarray:
        """(n_groups + 1, g); the last row, over all conditions alike, claims nothing."""
        last = np.full((1, g), np.inf)
        if evidence is None or not len(evidence):
            return last
        factor = self.spread_.of(evidence.shift, evidence.sd)
        scores = np.abs(evidence.residual) / factor
        found = [
            conformal_quantile(
                scores[labels == name], self.coverage, evidence.units[labels == name]
            )
            for name in self.ledger_.names
        ]
        if self.claim == "none":
            last = conformal_quantile(scores, self.coverage)[None]
        quantiles = np.concatenate([np.array(found).reshape(len(found), g), last])
        finite = np.isfinite(quantiles)
        narrowed = np.where(finite, quantiles, 0.0) * self._without_noise(evidence, factor)
        return np.where(finite, narrowed, np.inf)

    def _without_noise(self, evidence: Evidence, factor: np.ndarray) -> np.ndarray | float:
        if self.target == "profile":
            return 1.0
        if evidence.noise is None or np.isnan(evidence.noise).all():
            raise BadValues(
                'target = "population" needs several observations per calibration condition',
                'use target = "profile"',
            )
        return noise_ratio(evidence.residual / factor, evidence.noise / factor**2)

    def _predict(self, query: Query) -> Prediction:
        answer = self.model_.predict(query)
        seen = Seen.of(self.conditions_)
        relation = [seen.relation(c) for c in query.conditions]
        labels = self.grouping_.label(self.spread_, relation, query.conditions, answer.shift)
        group, reasons = self.ledger_.judge(seen, query.conditions, labels)
        q = self.quantiles_[group]  # -1 is the last row
        half = np.where(
            answer.answered[:, None], q * self.spread_.of(answer.shift, answer.sd), np.inf
        )
        mean = np.nan_to_num(answer.mean)
        return replace(
            answer,
            lower=mean - half,
            upper=mean + half,
            coverage=self.coverage,
            reasons=joined(answer, reasons),
        )

    @classmethod
    def examples(cls) -> list[Self]:
        """Every scale, grouping, target and claim."""
        return [
            cls(),
            cls(model=make_model("context_mean"), coverage=0.5, groups="novelty"),
            cls(model=make_model("additive"), coverage=0.5, scale="none", target="population"),
            cls(model=make_model("bootstrap_ensemble", members=3), scale="sd", claim="none"),
        ]
