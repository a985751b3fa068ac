"""Size factors: normalise counts by the median of ratios to a reference of training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, did_you_mean
from foretell.core.scale import Scale
from foretell.core.steps import Step
from foretell.stats.size_factors import log_ratio_medians, nonzero_logs

__all__ = ["SizeFactors"]

KINDS = ("ratio", "poscounts")


@dataclass(frozen=True)
class SizeFactors(Step):
    """Divide each observation by its DESeq2 size factor.

        reference_g = mean over training rows of log x_g            (ratio)
        reference_g = sum over training rows with x_g > 0 of log x_g / n      (poscounts)
        factor_i = exp(median over genes of log x_ig - reference_g) / centre

    ``ratio`` uses the genes that every training row holds; good for bulk and deep pseudobulk,
    where a few strong genes would pull the row sum. Sparse data have no such gene: there
    ``poscounts`` uses the positive counts only, and divides by the geometric mean of the factors
    of the training rows (centre; 1 for ``ratio``). For single cells of low depth the median of a
    handful of ones says little; prefer `Normalize`.

    The reference is learned from training rows alone. A row that holds no gene of the reference
    has no ratio: its factor is its sum over the geometric mean of the training rows' sums, and an
    empty row stays empty.

    Parameters
    ----------
    kind : ``ratio`` or ``poscounts``.
    reference : (n_genes,) learned; None for genes that do not count.
    centre, mean_sum : learned; what factors and row sums are measured against.

    Errors
    ------
    `BadValues` where no gene is held by every training row (``ratio``), or by any.

    Source: anders2010, love2014. PyDESeq2 0.5 differs under ``poscounts``: it also leaves out genes
    whose counts never exceed 1.
    """

    kind: Literal["ratio", "poscounts"] = "ratio"
    reference: tuple[float | None, ...] = ()
    centre: float = 1.0
    mean_sum: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", tuple(self.reference))
        if self.kind not in KINDS:
            raise BadValues(
                f"unknown kind of size factors '{self.kind}'", did_you_mean(str(self.kind), KINDS)
            )

    @property
    def is_fitted(self) -> bool:
        """True once there is a reference."""
        return bool(self.reference)

    def fit(self, train: Dataset) -> SizeFactors:
        """Learn the reference from training rows: two passes, memory by gene."""
        self.rescale(train.scale)
        g = len(train.genes)
        logs, held, log_sums = np.zeros(g), np.zeros(g, dtype=np.int64), []
        for X, _ in train.blocks():
            values, columns, _ = nonzero_logs(X)
            logs += np.bincount(columns, weights=values, minlength=g)
            held += np.bincount(columns, minlength=g)
            sums = _row_sums(X)
            log_sums.append(np.log(sums[sums > 0]))
        enough = held == train.n_obs if self.kind == "ratio" else held > 0
        if not enough.any():
            raise BadValues(
                "no gene is counted in every training row, so there is no ratio to take"
                if self.kind == "ratio"
                else "all training rows are empty",
                'use SizeFactors(kind="poscounts"), made for sparse counts, or Normalize'
                if self.kind == "ratio"
                else "check the mapping and the layer",
            )
        reference = np.where(enough, logs / train.n_obs, np.nan)
        mean_sum = float(np.exp(np.concatenate(log_sums).mean()))
        centre = _centre(train, reference) if self.kind == "poscounts" else 1.0
        known = [r if ok else None for r, ok in zip(reference.tolist(), enough, strict=True)]
        return SizeFactors(self.kind, tuple(known), centre, mean_sum)

    def factors(self, X: Any) -> np.ndarray:
        """(n,) size factors of a block; 1 for an empty row.

        Errors: `BadValues` where the step is not fitted.
        """
        if not self.reference:
            raise BadValues("SizeFactors is not fitted", "use fit_steps(steps, train)")
        medians = log_ratio_medians(X, np.array(self.reference, dtype=float))
        sums = _row_sums(X)
        fallback = np.where(sums > 0, sums / self.mean_sum, 1.0)
        factors: np.ndarray = np.where(
            np.isnan(medians), fallback, np.exp(np.nan_to_num(medians)) / self.centre
        )
        return factors

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Divide rows; the block itself is not changed."""
        del sizes  # a declared library size is another way to normalise
        factor = 1.0 / self.factors(X)
        if not hasattr(X, "indptr"):
            return X * factor[:, None]
        scaled = X.copy()
        scaled.data = X.data * np.repeat(factor, np.diff(X.indptr)).astype(np.float32)
        return scaled

    def rescale(self, scale: Scale) -> Scale:
        """Turn counts into normalized counts."""
        if not scale.is_counts:
            raise BadMapping(f"SizeFactors needs counts, not {scale}", "drop the step")
        return Scale("normalized")


def _centre(train: Dataset, reference: np.ndarray) -> float:
    """Geometric mean of the factors of the training rows."""
    medians = np.concatenate([log_ratio_medians(X, reference) for X, _ in train.blocks()])
    return float(np.exp(np.nanmean(medians)))


def _row_sums(X: Any) -> np.ndarray:
    return np.asarray(X.sum(axis=1), dtype=float).ravel()
