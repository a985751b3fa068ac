"""Graded risk: how large the error of each row can be, from its distance to training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.encoding import Encoding
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import ABSTAINED, Prediction
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.knowledge.encodings.gene_scores import GeneScores
from foretell.stats.conformal.quantile import conformal_quantile
from foretell.uncertainty.evidence import Evidence
from foretell.uncertainty.ledger import Ledger, joined
from foretell.uncertainty.novelty import Novelty
from foretell.uncertainty.prepare import prepare, set_aside
from foretell.uncertainty.relation import Seen

__all__ = ["GradedRisk"]


@dataclass(eq=False)
class GradedRisk(Model):
    r"""Say how wrong each prediction can be, and abstain where that is too much.

    The risk of a row is a bound on the error of its whole profile, not gene by gene. It grows with
    the distance to training where calibration shows that errors do, and is flat where they do not.

    Model
    -----
    .. math:: U_p = q\, g(d_p), \qquad
       q = \lceil (n + 1) c \rceil\text{-th smallest of } e_i / g(d_i)

    e_i the root mean squared error over genes of calibration perturbation i, d its distance to the
    nearest training perturbations in an encoding, g the isotonic (never falling) regression of e
    on d, learnt where no q is taken from. The error of a new perturbation of the same kind is at
    most U with probability c. `Prediction.confidence` is 1 / (1 + U), 0 where U is infinite.

    Parameters
    ----------
    model : what is wrapped; it is not changed.
    coverage : c, in (0, 1).
    limit : abstain where U is larger, in units of X; None = never.
    encoding : in which the distance is measured; what it does not cover counts as the farthest.

    Fallback: as `split_conformal`; no confidence, and nothing to abstain from, where no calibration
    condition stands to training as a row does. Cost: O(fit of the model) + O(n_asked n_train).
    Source: papadopoulos2002; geifman2017 (abstention).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="graded_risk",
        family="uncertainty",
        summary="a bound on each row's error by distance to training, and abstention",
        tasks=ALL_TASKS,
        level="cells",
        uses_calibration=True,
        reference="geifman2017",
    )
    model: Model = field(default_factory=lambda: make_model("bilinear"))
    coverage: float = 0.9
    limit: float | None = None
    encoding: Encoding = field(default_factory=GeneScores)

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Those of the wrapped model."""
        return self.model.tasks

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._train = data  # until it is known what there is to calibrate on

    def _calibrate(self, calibration: Dataset | None, rng: np.random.Generator) -> None:
        train = self.__dict__.pop("_train")
        ready = prepare(self.model, self.seed, train, calibration, rng)
        reference, evidence = set_aside(ready, rng)
        profiles = ready.train.profiles()
        self.model_, self.conditions_ = ready.model, profiles.conditions
        self.novelty_ = Novelty.of(self.encoding, profiles)
        self.knots_, self.levels_ = self._grade(reference)
        labels = [] if evidence is None else list(evidence.relation)
        self.ledger_ = Ledger.of(evidence, labels, self.coverage, "exchangeable")
        self.quantiles_ = np.full(len(self.ledger_.names) + 1, np.inf)
        if evidence is None or not len(evidence):
            return
        ratio = _error(evidence) / self._expected([c.perturbation for c in evidence.conditions])
        for at, name in enumerate(self.ledger_.names):
            own = np.array(labels) == name
            q = conformal_quantile(ratio[own], self.coverage, evidence.units[own])
            self.quantiles_[at] = float(q)

    def _grade(self, reference: Evidence | None) -> tuple[np.ndarray, np.ndarray]:
        """Return knots and levels of the expected error; flat where there is nothing to learn."""
        flat = np.array([0.0]), np.array([1.0])
        if reference is None:
            return flat
        d = self.novelty_.distance([c.perturbation for c in reference.conditions])
        e = _error(reference)
        keep = np.isfinite(d) & np.isfinite(e)
        if keep.sum() < 2 or not (e[keep] > 0).any():
            return flat
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(y_min=1e-3 * float(e[keep].mean())).fit(d[keep], e[keep])
        return fitted.X_thresholds_.astype(float), fitted.y_thresholds_.astype(float)

    def _expected(self, perturbations: Sequence[Perturbation]) -> np.ndarray:
        """(n,) expected error by distance; the largest where the distance is unknown."""
        d = self.novelty_.distance(perturbations)
        far = np.where(np.isnan(d), self.knots_[-1], d)
        expected: np.ndarray = np.interp(far, self.knots_, self.levels_)
        return expected

    def risk(self, query: Query) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the bound U (n,) on the error of every row, and what is to be said about it."""
        conditions = self._fitted("conditions_")
        seen = Seen.of(conditions)
        relation = [seen.relation(c) for c in query.conditions]
        group, reasons = self.ledger_.judge(seen, query.conditions, relation)
        return self.quantiles_[group] * self._expected(query.perturbations), reasons

    def _predict(self, query: Query) -> Prediction:
        answer = self.model_.predict(query)
        bound, reasons = self.risk(query)
        refused = np.zeros(len(query), dtype=bool)
        if self.limit is not None:
            refused = np.isfinite(bound) & (bound > self.limit)
            reasons = tuple(
                f"the error may reach {u:.3g}, above {self.limit:g}" if no else reason
                for u, no, reason in zip(bound, refused, reasons, strict=True)
            )
        return replace(
            answer,
            mean=np.where(refused[:, None], np.nan, answer.mean),
            support=np.where(refused, ABSTAINED, answer.support),
            confidence=1.0 / (1.0 + bound),
            reasons=joined(answer, reasons),
        )

    @classmethod
    def examples(cls) -> list[Self]:
        """Never abstain, and abstain above a limit that the toy screen does not reach."""
        return [cls(), cls(model=make_model("context_mean"), coverage=0.5, limit=1e6)]


def _error(evidence: Evidence) -> np.ndarray:
    """(n,) root mean squared error over measured genes."""
    known = ~np.isnan(evidence.residual)
    total = (np.where(known, evidence.residual, 0.0) ** 2).sum(axis=1)
    return np.sqrt(np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan))
