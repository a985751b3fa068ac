"""Transport metrics: how far predicted cells have to be moved to become the true ones."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.core.population import Population
from foretell.core.seeds import rng_for
from foretell.metrics.cells.populations import (
    is_moved,
    kernel_gamma,
    pair_of,
    remembered,
    scored,
    sorted_cells,
    thinned,
)
from foretell.stats.distances.pairs import distance_matrix
from foretell.stats.distances.per_gene import wasserstein
from foretell.stats.distances.sinkhorn import self_cost, transport_cost
from foretell.stats.distances.sliced import directions

__all__ = ["sinkhorn", "sliced_wasserstein"]

DIRECTIONS = 100
AT_MOST = 500  # cells of a side that are moved one by one
SMOOTHING = 0.1  # epsilon, as a part of the median squared distance between control cells


@metric(
    formula=f"square root of the mean, over {DIRECTIONS} fixed directions in principal components, "
    "of the squared 2-Wasserstein distance between projected true and predicted cells",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"cells"},
    refers_to="nothing",
    used_by="transport methods in several forms; none of the evaluators of perturbation effects",
    reference="bonneel2015",
)
def sliced_wasserstein(truth: Truth, answer: Answer) -> np.ndarray:
    """Sliced Wasserstein distance; in units of the space, |shift| / sqrt(axes) for a pure shift.

    Too large by chance, the more so the fewer cells there are: compare answers on the same cells,
    and read it against the duplicate. NaN without cells.
    """
    true, predicted = pair_of(truth, answer, "cells")
    n, d = len(truth.mean), true.X.shape[1]
    W = directions(d, DIRECTIONS, rng_for(directions="sliced", axes=d))
    scores = np.full(n, np.nan)
    for i in range(n):
        x, y = (sorted_cells(p, i, n, W) for p in (true, predicted))
        scores[i] = np.sqrt(wasserstein(x, y, power=2, is_sorted=True).mean())
    return scored(truth, scores)


@metric(
    formula="OT(x, y) - OT(x, x) / 2 - OT(y, y) / 2, entropic optimal transport of squared "
    "distances between true and predicted cells in principal components, epsilon = "
    f"{SMOOTHING:g} times the median squared distance between control cells of the truth half",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"cells"},
    refers_to="nothing",
    accepts_relative=False,
    used_by="scPertEval: sinkhorn_w2 (square root of the same, epsilon = 0.05^2 whatever the "
    "units). CellFlow: sinkhorn_div_1, _10 and _100 (epsilon = 1, 10, 100). pertpy: wasserstein, "
    "with the bias of the smoothing left in",
    reference="feydy2019",
)
def sinkhorn(truth: Truth, answer: Answer) -> np.ndarray:
    """Sinkhorn divergence; squared units of the space, |shift|^2 for a pure shift.

    Too large by chance, the more so the fewer cells there are and the more axes of noise: read it
    against the duplicate. At most 500 cells of a side are used, the same ones every time. NaN
    without cells on a side, or with fewer than two control cells.
    """
    true, predicted = pair_of(truth, answer, "cells")
    epsilon = SMOOTHING / (2.0 * kernel_gamma(true))
    scores = np.full(len(truth.mean), np.nan)
    for i in range(len(scores)):
        x, y = (np.asarray(thinned(p.of(i), AT_MOST), float) for p in (true, predicted))
        if not len(x) or not len(y) or not np.isfinite(epsilon):
            continue
        if np.array_equal(x, y):
            scores[i] = 0.0
            continue
        across, _ = transport_cost(distance_matrix(x, y, squared=True), epsilon)
        own = _own_cost(true, i, epsilon, len(scores)) + _own_cost(
            predicted, i, epsilon, len(scores)
        )
        scores[i] = across - own / 2.0
    return scored(truth, scores)


def _own_cost(population: Population, i: int, epsilon: float, n: int) -> float:
    i = 0 if is_moved(population, n) else i  # cells moved as one keep their distances

    def compute() -> float:
        x = np.asarray(thinned(population.of(i), AT_MOST), float)
        return self_cost(distance_matrix(x, x, squared=True), epsilon)[0]

    return remembered(population, ("own cost", i, epsilon), compute)
