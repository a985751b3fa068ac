"""Per-gene metrics: distances between predicted and true cells, one gene of the panel at a time."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.core.population import Population
from foretell.metrics.cells.populations import (
    counts,
    pair_of,
    remembered,
    remembered_pair,
    sorted_cells,
)
from foretell.stats.distances import per_gene

__all__ = ["kl_gaussian", "ks", "t_distance", "wasserstein_1d"]

FLOOR = 0.01  # of the mean variance of the true cells: added to variances, which may be 0


@metric(
    formula="mean over panel genes of the integral of |F_true^-1 - F_predicted^-1|",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"panel"},
    refers_to="nothing",
    used_by="papers, in the mean over genes; pertpy's wasserstein is another thing (smoothed "
    "transport of whole cells)",
    reference="peyre2019",
)
def wasserstein_1d(truth: Truth, answer: Answer) -> np.ndarray:
    """1-Wasserstein distance of single genes, averaged over the panel; units of X.

    Blind to how genes vary together. Too large by chance, the more so the fewer cells there are.
    NaN without cells, or without a counted gene on the panel.
    """
    return _mean_over_panel(truth, answer, _distances(truth, answer)[0])


@metric(
    formula="mean over panel genes of the largest difference between the distribution functions",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"panel"},
    refers_to="nothing",
    used_by="pertpy: ks_test (mean over all genes)",
    reference="hodges1958",
)
def ks(truth: Truth, answer: Answer) -> np.ndarray:
    """Kolmogorov-Smirnov statistic of single genes, averaged over the panel; in [0, 1].

    Cells that all have the predicted mean score badly on genes with many zeros: half of the
    distribution lies elsewhere. Too large by chance with few cells. NaN as for `wasserstein_1d`.
    """
    return _mean_over_panel(truth, answer, _distances(truth, answer)[1])


@metric(
    formula="mean over panel genes of KL(true | predicted) + KL(predicted | true) of normal "
    f"distributions; {FLOOR:g} of the mean variance of true cells added to both variances",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"panel"},
    refers_to="nothing",
    used_by="pertpy: sym_kldiv (1e-8 is added to standard deviations, so that genes which do not "
    "vary on one side decide the mean). scPerturBench: log2(KL + 1) of it",
    reference="kullback1951",
)
def kl_gaussian(truth: Truth, answer: Answer) -> np.ndarray:
    """Symmetric Kullback-Leibler divergence of single genes, taken as normal; no unit.

    NaN with fewer than two cells on a side, or without a counted gene on the panel.
    """
    (mean_x, var_x, _), (mean_y, var_y, _), floor = _moments(truth, answer)
    return _mean_over_panel(
        truth, answer, per_gene.gaussian_kl(mean_x, var_x, mean_y, var_y, floor)
    )


@metric(
    formula="mean over panel genes of Welch's |t| between true and predicted cells; "
    f"{FLOOR:g} of the mean variance of true cells added to both variances",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"panel"},
    refers_to="nothing",
    used_by="pertpy: t_test (mean of |t| over all genes, 1e-8 added to variances)",
    reference="welch1947",
    fails={"inflated_cells"},
)
def t_distance(truth: Truth, answer: Answer) -> np.ndarray:
    """|t| of single genes, averaged over the panel.

    It grows with the root of the number of cells: an answer of few cells scores better than the
    same of many, so compare answers that draw the same number. About 0.8 for fresh cells of the
    true population. NaN with fewer than two cells on a side.
    """
    (mean_x, var_x, n), (mean_y, var_y, m), floor = _moments(truth, answer)
    t = per_gene.t_distance(mean_x, var_x, n[:, None], mean_y, var_y, m[:, None], floor)
    return _mean_over_panel(truth, answer, t)


def _mean_over_panel(truth: Truth, answer: Answer, values: np.ndarray) -> np.ndarray:
    """(n,) mean of (n, d) values over the genes that count; NaN where there is none."""
    true, _ = pair_of(truth, answer, "panel")
    counted = truth.mask[:, true.columns] & np.isfinite(values)
    size = counted.sum(axis=1)
    total = np.where(counted, values, 0.0).sum(axis=1)
    return np.where(size > 0, total / np.maximum(size, 1), np.nan)


def _distances(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """(n, d) 1-Wasserstein and Kolmogorov-Smirnov distances, from one sort; remembered."""
    true, predicted = pair_of(truth, answer, "panel")
    n = len(truth.mean)

    def compute() -> tuple[np.ndarray, np.ndarray]:
        both = np.full((2, n, true.X.shape[1]), np.nan)
        for i in range(n):
            x, y = sorted_cells(true, i, n), sorted_cells(predicted, i, n)
            both[0, i] = per_gene.wasserstein(x, y, is_sorted=True)
            both[1, i] = per_gene.ks(x, y, is_sorted=True)
        return both[0], both[1]

    return remembered_pair(true, predicted, ("per gene", n), compute)


Moments = tuple[np.ndarray, np.ndarray, np.ndarray]


def _moments(truth: Truth, answer: Answer) -> tuple[Moments, Moments, np.ndarray]:
    """Means, variances and numbers of cells of both sides; (n, 1) what is added to variances."""
    true, predicted = pair_of(truth, answer, "panel")
    x, y = (_moments_of(p, len(truth.mean)) for p in (true, predicted))
    counted = truth.mask[:, true.columns]
    total = np.where(counted, np.nan_to_num(x[1]), 0.0).sum(axis=1)
    floor = FLOOR * total / np.maximum(counted.sum(axis=1), 1)
    return x, y, floor[:, None]


def _moments_of(population: Population, n: int) -> Moments:
    def compute() -> Moments:
        mean, variance = np.full((2, n, population.X.shape[1]), np.nan)
        for i, k in enumerate(counts(population, n)):
            if k > 1:
                part = np.asarray(population.of(i), dtype=np.float64)
                mean[i], variance[i] = part.mean(axis=0), part.var(axis=0, ddof=1)
        return mean, variance, counts(population, n)

    return remembered(population, ("moments", n), compute)
