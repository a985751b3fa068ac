"""Kernel metrics: maximum mean discrepancy between predicted and true cells."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.cells.populations import (
    counts,
    cross_sums,
    kernel_gamma,
    pair_of,
    scored,
    within_sums,
)
from foretell.stats.distances.mmd import GAMMAS, kernel_statistics, linear_mmd2

__all__ = ["mmd_fixed", "mmd_linear", "mmd_median"]

MMD = "U-statistic of E k(x, x') + E k(y, y') - 2 E k(x, y), x true and y predicted cells in "


@metric(
    formula=f"{MMD}principal components; k = exp(-|x - y|^2 / (2 s^2)), s the median distance "
    "between control cells of the truth half",
    higher_is_better=False,
    best=0.0,
    chance=None,
    best_is_expected=True,
    needs={"cells"},
    refers_to="nothing",
    accepts_relative=False,
    used_by="scPertEval: unbiased_mmd_median, with s from the pooled true and predicted cells of "
    "each perturbation, so that an answer far off widens its own kernel",
    reference="gretton2012",
)
def mmd_median(truth: Truth, answer: Answer) -> np.ndarray:
    """Squared MMD by the median heuristic, unbiased: 0 on average for one population.

    The kernel is the same for all answers and conditions. Like `edistance` a copy of the true
    cells scores below 0. Bounded by 2: what is far away is not told from what is farther. NaN with
    fewer than two cells on a side, or two control cells.
    """
    true, _ = pair_of(truth, answer, "cells")
    return _mmd(truth, answer, (kernel_gamma(true),))


@metric(
    formula=f"{MMD}principal components; k = mean of exp(-gamma |x - y|^2) over gamma = "
    f"{', '.join(f'{gamma:g}' for gamma in GAMMAS)}",
    higher_is_better=False,
    best=0.0,
    chance=None,
    best_is_expected=True,
    needs={"cells"},
    refers_to="nothing",
    used_by="CellOT, CellFlow: mmd, with the same gammas and the diagonal kept (biased). pertpy: "
    "mmd with kernel='rbf', gamma = 1 alone, biased: 1/n + 1/m for any data where cells are far",
    reference="klein2025",
)
def mmd_fixed(truth: Truth, answer: Answer) -> np.ndarray:
    """Squared MMD by a fixed mixture of kernels, unbiased.

    It depends on the units of the space. Where cells are farther apart than the widest kernel
    (some 10 units) it is 0 for every answer; look at `mmd_median` then. NaN with fewer than two
    cells on a side.
    """
    return _mmd(truth, answer, GAMMAS)


@metric(
    formula="|mean x - mean y|^2 - tr V_x / n - tr V_y / m, x true and y predicted cells in "
    "principal components",
    higher_is_better=False,
    best=0.0,
    chance=None,
    best_is_expected=True,
    needs={"cells"},
    refers_to="nothing",
    used_by="pertpy: mmd with its default kernel, without the two noise terms",
    reference="gretton2012",
    fails={"constant_cells"},
)
def mmd_linear(truth: Truth, answer: Answer) -> np.ndarray:
    """Squared MMD of the linear kernel: the squared distance between two means, noise taken off.

    It is no distance between distributions, whatever its name: it sees the mean only. NaN with
    fewer than two cells on a side.
    """
    true, predicted = pair_of(truth, answer, "cells")
    pairs = ((true.of(i), predicted.of(i)) for i in range(len(truth.mean)))
    return scored(truth, np.array([linear_mmd2(x, y)[0] for x, y in pairs]))


def _mmd(truth: Truth, answer: Answer, gammas: tuple[float, ...]) -> np.ndarray:
    true, predicted = pair_of(truth, answer, "cells")
    n, q = len(truth.mean), len(gammas)
    u, _ = kernel_statistics(
        cross_sums(true, predicted, n, "gaussian", gammas) / q,
        counts(true, n),
        counts(predicted, n),
        within_sums(true, n, "gaussian", gammas) / q,
        within_sums(predicted, n, "gaussian", gammas) / q,
    )
    return scored(truth, u)
