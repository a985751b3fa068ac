"""Simultaneous bands: all genes of a panel at once, as often as they say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import UnknownName, did_you_mean
from foretell.core.model import ALL_TASKS, Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.stats.conformal.quantile import conformal_quantile
from foretell.uncertainty.evidence import Evidence
from foretell.uncertainty.ledger import Claim, Ledger, joined
from foretell.uncertainty.prepare import prepare, set_aside
from foretell.uncertainty.relation import Seen
from foretell.uncertainty.spread import Scale, Spread

__all__ = ["SimultaneousBands"]


@dataclass(eq=False)
class SimultaneousBands(Model):
    r"""Add bands that cover a whole panel of genes in the given share of perturbations.

    What a bench scientist reads when several marker genes are looked at together. Bands gene by
    gene (`split_conformal`) miss some gene of a panel nearly always. Genes outside of the panel
    get infinite bands: nothing is said about them.

    Model
    -----
    .. math:: \hat Y_{pj} \pm q\, \tau_j f(s_p), \qquad
       q = \lceil (n + 1) c \rceil\text{-th smallest of }
       \max_{j \in \text{panel}} |Y_{ij} - \hat Y_{ij}| / (\tau_j f(s_i))

    over the n calibration perturbations i. tau_j, the typical error of gene j, and the spread f
    (see `split_conformal`) come from conditions that no q is taken from: training left out in
    closed form, else a quarter of the calibration perturbations. With the same conditions for
    both, bands are too narrow.

    Parameters
    ----------
    model : what is wrapped; it is not changed.
    panel : gene names; where empty, the `size` genes whose training shifts vary most.
    size : genes of that panel, >= 1.
    coverage : share of perturbations whose whole panel is covered, in (0, 1).
    scale, claim : see `split_conformal`.

    Fallback: as `split_conformal`. Errors: `UnknownName` for a panel gene that is not measured.
    Cost: O(fit of the model) + O(n_calibration n_genes). Source: papadopoulos2002 (of the
    maximum); lee2023 (units).
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="simultaneous_bands",
        family="uncertainty",
        summary="bands that cover a panel of genes at once",
        tasks=ALL_TASKS,
        level="cells",
        outputs=("mean", "interval"),
        uses_calibration=True,
        reference="papadopoulos2002",
    )
    model: Model = field(default_factory=lambda: make_model("bilinear"))
    panel: tuple[str, ...] = ()
    size: int = 50
    coverage: float = 0.9
    scale: Scale = "strength"
    claim: Claim = "exchangeable"

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
        self.spread_ = Spread.learn(self.scale, reference, profiles.S)
        self.panel_ = self._positions(profiles)
        labels = [] if evidence is None else list(evidence.relation)
        self.ledger_ = Ledger.of(evidence, labels, self.coverage, self.claim)
        self.quantiles_ = self._quantiles(evidence, np.array(labels, dtype=str))

    def _positions(self, train: Profiles) -> np.ndarray:
        """Positions of the panel's genes."""
        place = {str(gene): j for j, gene in enumerate(train.genes)}
        for gene in self.panel:
            if gene not in place:
                raise UnknownName(f"panel gene '{gene}' is not measured", did_you_mean(gene, place))
        if self.panel:
            return np.array([place[gene] for gene in self.panel], dtype=np.int64)
        falling = sorted(place, key=lambda gene: (-np.nanvar(train.S[:, place[gene]]), gene))
        return np.array([place[gene] for gene in falling[: self.size]], dtype=np.int64)

    def _quantiles(self, evidence: Evidence | None, labels: np.ndarray) -> np.ndarray:
        """(n_groups + 1,); the last, over all conditions alike, claims nothing."""
        if evidence is None or not len(evidence):
            return np.array([np.inf])
        at = self.panel_
        width = self.spread_.of(evidence.shift, evidence.sd) * self._per_gene
        ratio = (
            np.abs(evidence.residual[:, at]) / np.broadcast_to(width, evidence.shift.shape)[:, at]
        )
        worst = np.where(np.isnan(ratio), 0.0, ratio).max(axis=1, initial=0.0)
        worst[np.isnan(ratio).all(axis=1)] = np.nan
        found = [
            conformal_quantile(worst[labels == name], self.coverage, evidence.units[labels == name])
            for name in self.ledger_.names
        ]
        free = conformal_quantile(worst, self.coverage) if self.claim == "none" else np.inf
        return np.array([*found, free], dtype=float)

    @property
    def _per_gene(self) -> np.ndarray | float:
        """Typical errors; with scale = ``sd`` the model says for every gene itself."""
        return 1.0 if self.spread_.kind == "sd" else self.spread_.per_gene

    def _predict(self, query: Query) -> Prediction:
        answer = self.model_.predict(query)
        seen = Seen.of(self.conditions_)
        relation = [seen.relation(c) for c in query.conditions]
        group, reasons = self.ledger_.judge(seen, query.conditions, relation)
        width = self.spread_.of(answer.shift, answer.sd) * self._per_gene
        half = np.full(answer.mean.shape, np.inf)
        rows = np.flatnonzero(answer.answered)
        q = self.quantiles_[group[rows]][:, None]
        whole = np.broadcast_to(width, half.shape)
        half[np.ix_(rows, self.panel_)] = q * whole[np.ix_(rows, self.panel_)]
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
        """Return a panel of some genes, and one of all."""
        return [cls(size=5), cls(model=make_model("context_mean"), coverage=0.5, scale="none")]
