"""Spread: how wide an error can be expected, from what is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from foretell.core.errors import BadModelOutput
from foretell.stats.conformal.spread import fit_spread
from foretell.uncertainty.evidence import Evidence

__all__ = ["Scale", "Spread"]

Scale = Literal["none", "strength", "sd"]
FLOOR = 1e-3  # of a typical error: no gene and no sd counts as exactly known


@dataclass(frozen=True, eq=False)
class Spread:
    """The factor that a row's errors are divided by before they are compared.

    Parameters
    ----------
    kind : ``none``: 1; ``strength``: sqrt(a + b strength^2); ``sd``: the model's own.
    a, b : of the mean squared error, in units of each gene's typical one.
    per_gene : (g,) typical error of each gene; strength is counted in it.
    """

    kind: Scale
    a: float
    b: float
    per_gene: np.ndarray

    @classmethod
    def learn(cls, kind: Scale, evidence: Evidence | None, shifts: np.ndarray) -> Spread:
        """Fit on conditions that no quantile is taken from.

        Where there are none it is constant, and the training `shifts` (n, g) stand in for typical
        errors.
        """
        if evidence is None or not len(evidence):
            return cls("none" if kind == "strength" else kind, 1.0, 0.0, _typical(shifts))
        per_gene = _typical(evidence.residual)
        a, b = 1.0, 0.0
        if kind == "strength":
            strength = cls(kind, a, b, per_gene).strength(evidence.shift)
            a, b = fit_spread(strength, _rms_rows(evidence.residual / per_gene))
        return cls(kind, a, b, per_gene)

    def strength(self, shift: np.ndarray) -> np.ndarray:
        """(n,) root mean square over genes of the shift, each in units of its typical error."""
        return _rms_rows(shift / self.per_gene)

    def of(self, shift: np.ndarray, sd: np.ndarray | None) -> np.ndarray:
        """(n, 1) or (n, g) factor of each row."""
        if self.kind == "sd":
            if sd is None:
                raise BadModelOutput(
                    'scale = "sd" asks for predictive standard deviations, and the model has none',
                    'wrap it in seed_ensemble or bootstrap_ensemble, or use scale = "strength"',
                )
            return np.maximum(np.nan_to_num(sd), FLOOR * self.per_gene)
        if self.kind == "strength":
            factor: np.ndarray = np.sqrt(self.a + self.b * self.strength(shift) ** 2)[:, None]
            return np.where(np.isfinite(factor), factor, 1.0)  # rows that are not answered
        return np.ones((len(shift), 1))


def _typical(residual: np.ndarray) -> np.ndarray:
    """(g,) root mean square of each gene, with a floor."""
    known = ~np.isnan(residual)
    square = np.where(known, residual, 0.0) ** 2
    rms = np.sqrt(square.sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    positive = rms[rms > 0]
    if not len(positive):
        return np.ones(len(rms))
    return np.maximum(rms, FLOOR * float(np.median(positive)))


def _rms_rows(values: np.ndarray) -> np.ndarray:
    """(n,) root mean square of the values that are known; NaN where none is."""
    known = ~np.isnan(values)
    total = (np.where(known, values, 0.0) ** 2).sum(axis=1)
    count = known.sum(axis=1)
    return np.sqrt(np.where(count > 0, total / np.maximum(count, 1), np.nan))
