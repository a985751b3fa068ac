"""Energy metrics: E-distance between predicted and true cells."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.cells.populations import counts, cross_sums, pair_of, scored, within_sums
from foretell.stats.distances.energy import energy_statistics

__all__ = ["edistance", "edistance_v"]


@metric(
    formula="U-statistic of 2 E|x - y| - E|x - x'| - E|y - y'|, x true and y predicted cells in "
    "principal components, Euclidean distances",
    higher_is_better=False,
    best=0.0,
    chance=None,
    best_is_expected=True,
    needs={"cells"},
    refers_to="nothing",
    used_by="scPertEval: energy_distance (there in a space of the user's choice). CellFlow: "
    "e_distance, with squared distances and the diagonal kept. pertpy, cell-eval: see edistance_v",
    reference="szekely2013",
)
def edistance(truth: Truth, answer: Answer) -> np.ndarray:
    """E-distance between predicted and true cells, unbiased: 0 on average for one population.

    It sees spread and shape as well as the mean. Values below 0 are chance. The best value is
    reached in expectation by fresh cells of the true population; a copy of the very cells that it
    is compared with scores below 0, by about twice the mean distance of cells over their number,
    and proves nothing. The numbers of cells on both sides do not bias it. Where a model predicts
    means only, control cells moved by its shift stand for its cells. NaN with fewer than two cells
    on a side.
    """
    return _both(truth, answer)[0]


@metric(
    formula="V-statistic of 2 E|x - y| - E|x - x'| - E|y - y'|, x true and y predicted cells in "
    "principal components, Euclidean distances",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"cells"},
    refers_to="nothing",
    used_by="pertpy: edistance (default of Distance). cell-eval: pearson_edistance correlates it "
    "over perturbations, on all genes; see edistance_corr",
    reference="szekely2013",
)
def edistance_v(truth: Truth, answer: Answer) -> np.ndarray:
    """E-distance with the pairs of a cell and itself: never negative, confounded by cell number.

    It is too large by about (mean distance between cells) / (number of cells), on either side: a
    condition with few held-out cells looks badly predicted, and an answer of many cells better
    than one of few. Kept because others report it; prefer `edistance`. NaN without cells.
    """
    return _both(truth, answer)[1]


def _both(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = pair_of(truth, answer, "cells")
    n = len(truth.mean)
    u, v = energy_statistics(
        cross_sums(true, predicted, n, "euclidean"),
        counts(true, n),
        counts(predicted, n),
        within_sums(true, n, "euclidean"),
        within_sums(predicted, n, "euclidean"),
    )
    return scored(truth, u), scored(truth, v)
