"""Effect sizes: whether strong perturbations are predicted to be strong."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.core.population import Population
from foretell.metrics.cells.populations import (
    counts,
    pair_of,
    scored,
    with_control_sums,
    within_sums,
)
from foretell.stats.distances.energy import energy_statistics
from foretell.stats.jackknife import jackknife_values

__all__ = ["edistance_corr"]

FLAT = 1e-9  # of the distance between cells: effects that differ by less are one


@metric(
    formula="Pearson correlation over conditions of the E-distance (U) between true cells and the "
    "truth half of the controls, and that between predicted cells and the model half",
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    level="dataset",
    needs={"cells"},
    used_by="cell-eval: pearson_edistance, with V-statistics (a condition with few cells looks "
    "strong on both sides), on all genes, against predicted controls",
    reference="adduri2025",
    fails={"fourfold", "constant_cells"},
)
def edistance_corr(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of true and predicted effect sizes; one statistic of all conditions.

    The values are the statistic plus the centred jackknife influence of every condition. It says
    nothing about direction: right sizes of wrong effects score 1. Answers whose effects are all of
    one size score 0. NaN where a condition has fewer than two cells (it is left out of the
    statistic), where the true effects are all of one size, and below three conditions.
    """
    true, predicted = pair_of(truth, answer, "cells")
    n = len(truth.mean)
    actual, size = _effects(true, n)
    said, said_size = _effects(predicted, n)
    at = np.flatnonzero(np.isfinite(scored(truth, actual)) & np.isfinite(said))

    def statistic(of: np.ndarray) -> float:
        kept = at[of]
        if len(kept) < 2 or np.ptp(actual[kept]) <= FLAT * size:
            return float("nan")
        if np.ptp(said[kept]) <= FLAT * said_size:
            return 0.0
        return float(np.corrcoef(actual[kept], said[kept])[0, 1])

    values = np.full(n, np.nan)
    values[at] = jackknife_values(statistic, len(at))
    return values


def _effects(population: Population, n: int) -> tuple[np.ndarray, float]:
    """(n,) E-distance to the controls of the same side, and the distance between two controls."""
    to_control, among = with_control_sums(population, n)
    m = len(population.control)
    own = within_sums(population, n, "euclidean")
    u = energy_statistics(to_control, counts(population, n), m, own, among)[0]
    return u, among / max(m * (m - 1), 1)
