"""Gene tests: one test per condition and gene, from moments alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foretell.core.gene_tests import GeneTests
from foretell.stats.differential import welch
from foretell.stats.multiplicity import benjamini_hochberg

__all__ = ["gene_tests"]

Floats = NDArray[np.float64]

LFC = "difference of the means of log1p values over ln 2: log2 ratio of geometric means of (x + 1)"


def gene_tests(
    mean: Floats,
    variance: Floats,
    n: NDArray[np.int64],
    control_mean: Floats,
    control_variance: Floats,
    control_n: int,
    mask: NDArray[np.bool_],
    *,
    fdr: float = 0.05,
) -> GeneTests:
    """Test every gene of every condition against the controls.

    Parameters
    ----------
    mean, variance : (k, g) moments of the treated observations of k conditions.
    n : (k,) numbers of observations.
    control_mean, control_variance : (g,) moments of `control_n` control observations.
    mask : (k, g) True for genes that are tested; the others are neither called nor counted.
    fdr : false discovery rate over the genes of one condition.

    Notes
    -----
    Cost: O(k g log g). Source: welch1947, benjamini1995.
    """
    n_column = np.asarray(n)[:, None]
    found = welch(mean, variance, n_column, control_mean, control_variance, control_n)
    p = np.where(mask, found.p, np.nan)
    q = benjamini_hochberg(p, axis=1)
    return GeneTests("Welch t", found.t, p, q, (mean - control_mean) / np.log(2.0), LFC, fdr)
