"""pdex 0.3.0: the differential expression that cell-eval is built on, in its 32-bit form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.compat.inputs import Cells
from foretell.stats.multiplicity import benjamini_hochberg
from foretell.stats.rank_sum.rank_sum import rank_sum

__all__ = ["Calls", "differential"]

FDR = np.float32(0.05)


@dataclass(frozen=True, eq=False)
class Calls:
    """Tests of every perturbation against the controls.

    Parameters
    ----------
    names : (p,) perturbations, in alphabetical order.
    fdr : (p, g) Benjamini-Hochberg over the genes of one perturbation, 32 bits.
    lfc : (p, g) log2 fold change, 32 bits; infinite where one side has none of a gene.
    """

    names: np.ndarray
    fdr: np.ndarray
    lfc: np.ndarray

    @property
    def called(self) -> np.ndarray:
        """(p, g) True for genes below an FDR of 0.05."""
        called: np.ndarray = self.fdr < FDR
        return called

    def ranked(self, i: int) -> np.ndarray:
        """Return the called genes of one perturbation, largest absolute fold change first.

        Equal values stay in gene order here. The engine's own sort is unstable above twenty
        genes, so that infinite fold changes stand in an order of their own there.
        """
        genes = np.flatnonzero(self.called[i])
        order = np.argsort(-np.abs(self.lfc[i, genes]), kind="stable")
        ranked: np.ndarray = genes[order]
        return ranked


def differential(cells: Cells, *, is_log1p: bool = True) -> Calls:
    """Test as cell-eval has pdex do: Mann-Whitney, and fold changes without a pseudocount.

    The p-value is the asymptotic one with tie and continuity correction, which is exact here too.
    The fold change is log2 of expm1(mean of log1p) over the same of the controls, a ratio of
    *geometric* means, with epsilon = 0: a gene that the controls lack has an infinite one and
    stands first in every ranking. 0 over 0 is 0.

    Parameters
    ----------
    cells : with log1p values, or counts where `is_log1p` is False.
    is_log1p : what the values are; never looked at.
    """
    codes = np.searchsorted(cells.perturbations, cells.labels)
    codes = np.minimum(codes, len(cells.perturbations) - 1)
    is_control = cells.labels == cells.control
    codes = np.where(is_control, -1, codes)
    found = rank_sum(cells.X, codes, len(cells.perturbations), is_control)
    logged = cells if is_log1p else cells.with_values(_log1p(cells.X))
    kept = [int(i) for i in np.flatnonzero(cells.names != cells.control)]
    means = logged.means.astype(logged.X.dtype)  # the engine's means have the width of the data
    level = np.expm1(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        lfc = np.log2(level[kept] / np.delete(level, kept, axis=0))
    return Calls(
        names=cells.perturbations,
        fdr=benjamini_hochberg(np.minimum(found.p, 1.0)).astype(np.float32),
        lfc=np.where(np.isnan(lfc), 0.0, lfc).astype(np.float32),
    )


def _log1p(X: Any) -> Any:
    return X.log1p() if hasattr(X, "indptr") else np.log1p(X)
