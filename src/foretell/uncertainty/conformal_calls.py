"""Conformal calls: differential genes of unseen perturbations, with few false ones among them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadValues
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.stats.conformal.pvalues import conformal_pvalues
from foretell.stats.conformal.risk import call_threshold
from foretell.stats.gene_tests import MomentTest, gene_tests
from foretell.stats.multiplicity import benjamini_hochberg
from foretell.uncertainty.evidence import Evidence
from foretell.uncertainty.ledger import Ledger, joined
from foretell.uncertainty.prepare import prepare
from foretell.uncertainty.relation import Seen

__all__ = ["ConformalCalls"]

NULLS = 200_000  # scores of unchanged genes that are kept; a p-value of 1 / 200,000 is enough


@dataclass(eq=False)
class ConformalCalls(Model):
    r"""Call differential genes of perturbations that nobody has run, with a bound on false ones.

    Good where the model ranks genes well in calibration perturbations; a model that does not is
    allowed few calls or none, and that is the answer.

    Model
    -----
    .. math:: \text{call } j \text{ in } p \text{ if } |\hat S_{pj}| / \sigma_j > t, \qquad
       t = \min \Big\{t : \frac{1 + \sum_i L_i(t)}{n + 1} \le \alpha \Big\}

    over the n calibration perturbations i; L_i(t) is the largest false-discovery proportion of i at
    any threshold from t upwards, sigma_j (n_genes,) the standard deviation between control cells
    (1 with `threshold`). False are genes that a test of the calibration cells against the controls
    does not call at 5 %, or whose measured shift is not beyond `threshold`.

    Parameters
    ----------
    model : what is wrapped; it is not changed.
    fdr : alpha, the share of false calls that is claimed, in (0, 1).
    control : ``mean``: the expected proportion in a new perturbation is at most alpha; ``tail``: it
        is at most alpha in at least `confidence` of new perturbations; both for any dependence
        between genes. ``bh``: conformal p-values against unchanged genes of calibration, then
        Benjamini-Hochberg within the perturbation, which needs positive dependence.
    confidence : of ``tail``.
    threshold : what |shift| counts as a change, in units of the scale; None = the test.
    test : ``moderated``, ``pooled`` or ``welch``; the one that the calls will be judged by.

    The calibration labels use the ``model`` half of the controls, like the predictions: with few
    controls that flatters both, and calls are somewhat bold.

    Fallback: no call where no calibration condition stands to training as a row does, or too few,
    with the reason. Errors: `BadValues` where no test is possible and no threshold is given.
    Cost: O(fit of the model) + O(n_calibration n_genes log n_genes).
    Source: angelopoulos2024; jin2023 (``bh``).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="conformal_calls",
        family="uncertainty",
        summary="differential genes of unseen perturbations with a bound on false ones",
        tasks=ALL_TASKS,
        level="cells",
        uses_calibration=True,
        reference="angelopoulos2024",
    )
    model: Model = field(default_factory=lambda: make_model("bilinear"))
    fdr: float = 0.1
    control: Literal["mean", "tail", "bh"] = "mean"
    confidence: float = 0.95
    threshold: float | None = None
    test: MomentTest = "moderated"

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Those of the wrapped model."""
        return self.model.tasks

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._train = data  # until it is known what there is to calibrate on

    def _calibrate(self, calibration: Dataset | None, rng: np.random.Generator) -> None:
        train = self.__dict__.pop("_train")
        ready = prepare(self.model, self.seed, train, calibration, rng, with_noise=True)
        evidence = ready.evidence
        self.model_, self.conditions_ = ready.model, ready.train.perturbed
        self.unit_sd_ = self._unit_sd(ready.train)
        labels = [] if evidence is None else list(evidence.relation)
        asked = self.confidence if self.control == "tail" else 1.0 - self.fdr
        self.ledger_ = Ledger.of(evidence, labels, asked, "exchangeable")
        self.thresholds_ = np.full(len(self.ledger_.names) + 1, np.inf)
        self.nulls_: list[np.ndarray] = []
        if evidence is not None and len(evidence):
            self._learn(evidence, np.array(labels), self._is_true(evidence, ready.train), rng)

    def _unit_sd(self, train: Dataset) -> np.ndarray:
        """(g,) standard deviation between control observations, or 1."""
        if self.threshold is not None or train.scale.is_relative:
            return np.ones(len(train.genes))
        controls = train.controls()
        spread = np.sqrt(controls.moments(np.zeros(controls.n_obs, dtype=np.int64), 1).variance[0])
        positive = spread[spread > 0]
        return np.maximum(spread, 1e-3 * float(np.median(positive)) if len(positive) else 1.0)

    def _is_true(self, evidence: Evidence, train: Dataset) -> np.ndarray:
        """(n, g) True where a gene is differential in a calibration condition."""
        shift = evidence.residual + evidence.shift  # measured: errors beside predictions
        if self.threshold is not None:
            return np.abs(np.nan_to_num(shift)) > self.threshold
        noise = evidence.noise
        if train.scale.is_relative or noise is None or np.isnan(noise).all():
            raise BadValues(
                "no test of calibration conditions against controls is possible",
                "say with `threshold` what shift counts as a change",
            )
        found = np.zeros(shift.shape, dtype=bool)
        for context in {c.context for c in evidence.conditions}:
            rows = np.array([c.context == context for c in evidence.conditions])
            controls = train.controls(context) if context in train.contexts else None
            if controls is None or controls.n_obs < 2:
                continue
            moments = controls.moments(np.zeros(controls.n_obs, dtype=np.int64), 1)
            n = evidence.n_obs[rows]
            tests = gene_tests(
                shift[rows] + moments.mean[0],
                noise[rows] * n[:, None],
                n,
                moments.mean[0],
                moments.variance[0],
                controls.n_obs,
                ~np.isnan(shift[rows]),
                test=self.test,
            )
            found[rows] = tests.called
        return found

    def _learn(
        self, evidence: Evidence, labels: np.ndarray, is_true: np.ndarray, rng: np.random.Generator
    ) -> None:
        """Learn a threshold, or keep scores of unchanged genes, in every group."""
        scores = np.where(
            np.isnan(evidence.residual), np.nan, np.abs(evidence.shift) / self.unit_sd_
        )
        units = evidence.units
        for at, name in enumerate(self.ledger_.names):
            own = labels == name
            if self.control != "bh":
                self.thresholds_[at] = call_threshold(
                    scores[own],
                    is_true[own],
                    self.fdr,
                    control=self.control,
                    confidence=self.confidence,
                    units=units[own],
                )
                continue
            null = np.where(is_true[own], np.nan, scores[own])
            code = np.repeat(units[own], null.shape[1])[~np.isnan(null).ravel()]
            values = null[~np.isnan(null)]
            some = rng.permutation(len(values))[:NULLS]
            self.nulls_.append(np.stack([values[some], code[some].astype(float)]))

    def _predict(self, query: Query) -> Prediction:
        answer = self.model_.predict(query)
        seen = Seen.of(self.conditions_)
        relation = [seen.relation(c) for c in query.conditions]
        group, reasons = self.ledger_.judge(seen, query.conditions, relation)
        scores = np.abs(np.nan_to_num(answer.shift)) / self.unit_sd_
        calls = scores > self.thresholds_[group][:, None]
        if self.control == "bh":
            calls = np.zeros(scores.shape, dtype=bool)
            for at in np.unique(group[group >= 0]):
                values, code = self.nulls_[at]
                p = conformal_pvalues(values, scores[group == at], code)
                calls[group == at] = benjamini_hochberg(p, axis=1) <= self.fdr
        calls &= (group >= 0)[:, None] & answer.answered[:, None]
        return replace(answer, calls=calls, call_fdr=self.fdr, reasons=joined(answer, reasons))

    @classmethod
    def examples(cls) -> list[Self]:
        """Every control, and both ways to say what is differential."""
        return [
            cls(fdr=0.5),
            cls(model=make_model("additive"), control="tail", confidence=0.5, threshold=0.1),
            cls(model=make_model("context_mean"), control="bh", fdr=0.5),
        ]
