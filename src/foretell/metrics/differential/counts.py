"""Counts: whether strong perturbations are predicted to change many genes, and weak ones few."""

from __future__ import annotations

from functools import partial

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import (
    counted,
    differential,
    given,
    in_blocks,
    predicted,
    spread_out,
    true,
)

__all__ = [
    "de_count_ratio_called",
    "de_count_ratio_tested",
    "de_count_spearman_called",
    "de_count_spearman_tested",
    "de_spearman_lfc",
]

_order = partial(
    metric,
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    level="dataset",
    accepts_relative=False,
    reference="adduri2025",
)
_ratio = partial(
    metric,
    higher_is_better=None,
    best=1.0,
    chance=None,
    level="dataset",
    accepts_relative=False,
    reference="adduri2025",
)
PEER = "cell-eval `de_spearman_sig`, conditions without differential genes dropped"


@metric(
    formula="Spearman correlation of predicted and true shift over the genes that differ from the "
    "controls in a test of held-out observations, ties at mid-rank",
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    needs={"tests"},
    accepts_relative=False,
    used_by="cell-eval `de_spearman_lfc_sig`, missing genes as 0 and NaN for the whole data set "
    "where one condition has fewer than two",
    reference="adduri2025",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def de_spearman_lfc(truth: Truth, answer: Answer) -> np.ndarray:
    """Rank correlation of fold changes over differential genes; NaN with fewer than two.

    The shift of log1p means is the log fold change up to a factor. 0 where the prediction is
    constant over them.
    """
    genes, guess = differential(truth), predicted(truth, answer)
    a, b = genes.of(true(truth).values), genes.of(guess.values)
    r = genes.correlation(_true_ranks(truth), genes.ranks(guess.stepped(b, genes.row)))
    r = np.where((genes.spread(b) <= 0) | guess.is_flat, 0.0, r)
    return np.where((genes.spread(a) <= 0) | guess.is_unknown, np.nan, r)


@_order(
    name="de_count_spearman[called]",
    formula="Spearman correlation over conditions of the number of genes that the model calls and "
    "the number that is differential in a test",
    needs={"tests", "calls"},
    used_by=PEER,
)
def de_count_spearman_called(truth: Truth, answer: Answer) -> np.ndarray:
    """Rank correlation over conditions of called and true numbers of genes.

    The same number everywhere scores 0. NaN where the truth has one number everywhere.
    """
    return _count_spearman(_true_counts(truth), _called_counts(truth, answer))


@_order(
    name="de_count_spearman[tested]",
    formula="Spearman correlation over conditions of the number of genes that differ in a test of "
    "the model's own cells and the number that is differential in a test",
    needs={"tests", "predicted_tests"},
    used_by=PEER,
)
def de_count_spearman_tested(truth: Truth, answer: Answer) -> np.ndarray:
    """Rank correlation over conditions of numbers of genes, the model's cells tested like data.

    Both numbers grow with the number of cells: read it beside the cell-count reference.
    """
    return _count_spearman(_true_counts(truth), _tested_counts(truth, answer))


@_ratio(
    name="de_count_ratio[called]",
    formula="genes that the model calls over genes that are differential in a test, summed over "
    "conditions",
    needs={"tests", "calls"},
    used_by="cell-eval `de_nsig_counts`, both numbers",
    fails={"permuted"},
)
def de_count_ratio_called(truth: Truth, answer: Answer) -> np.ndarray:
    """How many genes the model calls for each that differs; above 1 = too many."""
    return _count_ratio(_true_counts(truth), _called_counts(truth, answer))


@_ratio(
    name="de_count_ratio[tested]",
    formula="genes that differ in a test of the model's own cells over genes that are differential "
    "in a test, summed over conditions",
    needs={"tests", "predicted_tests"},
    used_by="cell-eval `de_nsig_counts`, both numbers",
    fails={"permuted"},
)
def de_count_ratio_tested(truth: Truth, answer: Answer) -> np.ndarray:
    """How many genes differ in the model's cells for each that differs; above 1 = too many."""
    return _count_ratio(_true_counts(truth), _tested_counts(truth, answer))


def _true_counts(truth: Truth) -> np.ndarray:
    """(n,) differential genes; NaN where no gene counts."""
    return np.where(counted(truth) > 0, differential(truth).size, np.nan)


@remembered
def _true_ranks(truth: Truth) -> np.ndarray:
    """(m,) rank of each differential gene by its true shift."""
    genes, own = differential(truth), true(truth)
    return genes.ranks(own.stepped(genes.of(own.values), genes.row))


def _called_counts(truth: Truth, answer: Answer) -> np.ndarray:
    counts: np.ndarray = (given(answer.calls, "calls") & truth.mask).sum(axis=1).astype(float)
    return counts


def _tested_counts(truth: Truth, answer: Answer) -> np.ndarray:
    called = given(answer.tests, "predicted_tests").called
    counts: np.ndarray = (called & truth.mask).sum(axis=1).astype(float)
    return counts


def _count_ratio(own: np.ndarray, guess: np.ndarray) -> np.ndarray:
    rest, total = guess.sum() - guess, own.sum() - own
    if not own.sum() > 0:
        return np.full(len(own), np.nan)
    without = rest / np.where(total > 0, total, np.nan)
    return spread_out(float(guess.sum() / own.sum()), without)


def _count_spearman(own: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Return jackknife values; without a condition, ranks fall by one where it stood below."""
    if np.isnan(own).any():
        return np.full(len(own), np.nan)
    below = [_below(x) for x in (own, guess)]
    ranks = [b.sum(axis=1) for b in below]
    theta = _correlation(ranks[0][None], ranks[1][None])[0]
    keep = ~np.eye(len(own), dtype=bool)
    left = [(r[:, None] - b).T for r, b in zip(ranks, below, strict=True)]
    without = _correlation(left[0], left[1], keep)
    return spread_out(float(theta), without)


def _below(x: np.ndarray) -> np.ndarray:
    """(n, n) 1 where condition j lies below i, 1/2 where they tie."""
    below: np.ndarray = (x[None] < x[:, None]) + 0.5 * (x[None] == x[:, None])
    return below


def _correlation(a: np.ndarray, b: np.ndarray, keep: np.ndarray | None = None) -> np.ndarray:
    """Correlate rows over what is kept: 0 for a constant b, NaN for a constant a."""
    keep = np.ones(a.shape, dtype=bool) if keep is None else keep
    n = np.maximum(keep.sum(axis=1, keepdims=True), 1)
    da = np.where(keep, a - np.where(keep, a, 0).sum(axis=1, keepdims=True) / n, 0.0)
    db = np.where(keep, b - np.where(keep, b, 0).sum(axis=1, keepdims=True) / n, 0.0)
    sizes = (da**2).sum(axis=1), (db**2).sum(axis=1)
    r = (da * db).sum(axis=1) / np.sqrt(np.where(sizes[0] * sizes[1] > 0, sizes[0] * sizes[1], 1))
    return np.where(sizes[0] > 0, np.where(sizes[1] > 0, np.clip(r, -1, 1), 0.0), np.nan)
