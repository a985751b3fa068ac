"""Gene tests: one test per condition and gene, from moments alone."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foretell.core.errors import UnknownName, did_you_mean
from foretell.core.gene_tests import GeneTests
from foretell.stats.differential import welch
from foretell.stats.fold_change import DEFINITIONS, log_difference
from foretell.stats.moderated import moderated_t
from foretell.stats.multiplicity import benjamini_hochberg
from foretell.stats.pooling import pooled_variance
from foretell.stats.skewness import skewed_p

__all__ = ["MOMENT_TESTS", "MomentTest", "gene_tests"]

Floats = NDArray[np.float64]
MomentTest = Literal["moderated", "pooled", "welch"]

MOMENT_TESTS = {"moderated": "moderated t", "pooled": "pooled t", "welch": "Welch t"}


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
    test: MomentTest = "moderated",
    skewed: bool | None = None,
) -> GeneTests:
    """Test every gene of every condition against the controls.

    Parameters
    ----------
    mean, variance : (k, g) moments of the treated observations of k conditions.
    n : (k,) numbers of observations.
    control_mean, control_variance : (g,) moments of `control_n` control observations.
    mask : (k, g) True for genes that are tested; the others are neither called nor counted.
    fdr : false discovery rate over the genes of one condition.
    test : ``moderated``, the pooled variance of treated and control, drawn to what is typical of
        the genes; ``pooled``, the same without; ``welch``, which believes the treated group's own
        variance: a few cells that all hold 0 of a gene seem to have none, and differ for sure.
    skewed : correct for the skewness of values that are mostly 0 (`skewed_p`; not with
        ``welch``). By default where no mean is negative: counts and their logarithms, not ratios.

    Returns
    -------
    GeneTests
        NaN where a group has fewer than two observations.

    Raises
    ------
    UnknownName
        For a test that there is not.

    Notes
    -----
    Cost: O(k g log g). Source: smyth2004, welch1947, benjamini1995.
    """
    if test not in MOMENT_TESTS:
        raise UnknownName(f"there is no test '{test}'", did_you_mean(test, MOMENT_TESTS))
    n_column = np.asarray(n)[:, None]
    moments = (mean, variance, n_column, control_mean, control_variance, control_n)
    name = MOMENT_TESTS[test]
    if test == "welch":
        t, p, _ = welch(*moments)
    else:
        t, p, _, _ = moderated_t(*moments, mask, moderate=test == "moderated")
        if skewed or (skewed is None and not _any_negative(mean, control_mean)):
            V = pooled_variance(variance, n_column, control_variance, control_n)
            every = (n_column * mean + control_n * control_mean) / (n_column + control_n)
            p, name = skewed_p(t, p, every, V, n_column, control_n), f"{name}, skewness corrected"
    p = np.where(mask, p, np.nan)
    q = benjamini_hochberg(p, axis=1)
    lfc = log_difference(mean, control_mean)
    return GeneTests(name, t, p, q, lfc, DEFINITIONS["log_difference"], fdr)


def _any_negative(mean: Floats, control_mean: Floats) -> bool:
    return bool((np.asarray(mean) < 0).any() or (np.asarray(control_mean) < 0).any())
