"""GeneTests: which genes differ from the controls, condition by condition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["GeneTests"]


@dataclass(frozen=True, eq=False)
class GeneTests:
    """Results of one test per condition and gene.

    Parameters
    ----------
    name : of the test, for example ``moderated t``.
    statistic : (n, g) signed statistic; positive where the treated observations lie higher.
    p : (n, g) two-sided p-values; NaN where no test was made.
    q : (n, g) Benjamini-Hochberg adjusted over the genes that count in a condition; NaN elsewhere.
    lfc : (n, g) log2 fold change.
    lfc_definition : what it is the fold change of, in words.
    fdr : level below which a gene is called differential.
    """

    name: str
    statistic: np.ndarray
    p: np.ndarray
    q: np.ndarray
    lfc: np.ndarray
    lfc_definition: str
    fdr: float = 0.05

    @property
    def called(self) -> np.ndarray:
        """(n, g) True for genes that are called differential."""
        called: np.ndarray = np.nan_to_num(self.q, nan=1.0) < self.fdr
        return called
