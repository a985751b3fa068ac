"""Across conditions: gene by gene correlation, and how much predictions differ from each other."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import FLAT, spread_out

__all__ = ["diversity_error", "diversity_ratio", "gene_correlation"]

GENES = 256  # genes at a time: what is in flight fits the cache of a core


@metric(
    formula="for each gene the Pearson correlation over the conditions of a group of predicted "
    "and true mean, averaged over genes",
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    level="dataset",
    refers_to="nothing",
    used_by="evaluations of sequence-to-expression and foundation models, per gene",
    reference="kernfeld2025",
    fails={"quarter", "fourfold", "offset", "edited_controls"},
)
def gene_correlation(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation across conditions: whether it is known *which* perturbation moves a gene.

    The same prediction for all conditions scores 0, however close it is to each of them. A gene
    counts with three conditions or more in which it counts and its truth varies; where the
    prediction of a gene is constant it scores 0. NaN with fewer than four conditions. The values
    are jackknife values, whose mean is the statistic.
    """
    n, g = truth.mean.shape
    size = float(np.abs(truth.mean).max(initial=0.0)), float(np.abs(answer.mean).max(initial=0.0))
    total, genes = np.zeros(n + 1), np.zeros(n + 1)
    for start in range(0, g, GENES):
        at = slice(start, start + GENES)
        r = _per_gene(truth.mean[:, at], answer.mean[:, at], truth.mask[:, at], size)
        known = ~np.isnan(r)
        total += np.where(known, r, 0.0).sum(axis=1)
        genes += known.sum(axis=1)
    if n < 4 or not genes.all() or not np.isfinite(answer.mean[truth.mask]).all():
        return np.full(n, np.nan)
    theta = total / genes
    return spread_out(float(theta[0]), theta[1:])


@metric(
    formula="mean Euclidean distance between pairs of predicted profiles over that between pairs "
    "of true profiles",
    higher_is_better=None,
    best=1.0,
    chance=None,
    level="dataset",
    refers_to="nothing",
    reference="mejia2025",
    fails={"offset", "permuted", "edited_controls"},
)
def diversity_ratio(truth: Truth, answer: Answer) -> np.ndarray:
    """How much predictions differ from each other: 0 = one answer for all (mode collapse).

    Noise makes true profiles differ too, so that a perfect model of the means stays below 1: the
    technical duplicate shows what is attainable. Over the genes that count in all conditions.
    The values are jackknife values; NaN with fewer than three conditions.
    """
    own, guess, n = *_distances(truth, answer), len(truth.mean)
    ratio = guess / np.where(own > 0, own, np.nan)
    return spread_out(float(ratio[0]), ratio[1:]) if n > 2 else np.full(n, np.nan)


@metric(
    formula="1 - min(d, 1 / d), d = mean distance between pairs of predicted profiles over that "
    "between pairs of true profiles",
    higher_is_better=False,
    best=0.0,
    chance=None,
    level="dataset",
    refers_to="nothing",
    reference="mejia2025",
    fails={"offset", "permuted", "edited_controls", "mixed_scales", "missing"},
)
def diversity_error(truth: Truth, answer: Answer) -> np.ndarray:
    """How far the diversity of predictions is off, in either direction; one answer for all: 1.

    Noise added to the predictions raises their diversity: read it beside an error.
    """
    own, guess, n = *_distances(truth, answer), len(truth.mean)
    larger = np.maximum(own, guess)
    error = 1.0 - np.minimum(own, guess) / np.where(own > 0, larger, np.nan)
    return spread_out(float(error[0]), error[1:]) if n > 2 else np.full(n, np.nan)


def _per_gene(
    X: np.ndarray, Y: np.ndarray, mask: np.ndarray, size: tuple[float, float]
) -> np.ndarray:
    """(1 + n, g) correlation of each gene over all conditions, then without each of them."""
    n = mask.sum(axis=0)
    at_least = np.maximum(n, 1)
    x = np.where(mask, X, 0.0)
    x -= mask * (x.sum(axis=0) / at_least)
    y = np.where(mask, Y, 0.0)
    y -= mask * (y.sum(axis=0) / at_least)
    # without condition i, a sum of squares falls by x_i^2 n / (n - 1): the mean moves too
    factor = mask * (n / np.maximum(n - 1, 1))
    whole = [(a * b).sum(axis=0) for a, b in ((x, x), (y, y), (x, y))]
    moments = [
        np.concatenate([s[None], s - factor * a * b])
        for s, (a, b) in zip(whole, ((x, x), (y, y), (x, y)), strict=True)
    ]
    left = np.concatenate([n[None], n - mask])
    xx, yy, xy = moments
    known = (left >= 3) & (xx > left * (FLAT * size[0]) ** 2)
    moves = known & (yy > left * (FLAT * size[1]) ** 2)
    r = np.where(moves, xy / np.sqrt(np.where(moves, xx * yy, 1.0)), 0.0)
    return np.where(known, np.clip(r, -1.0, 1.0), np.nan)


def _distances(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """(1 + n,) mean distance between pairs of all conditions, then without each; truth, answer."""
    return _true_distances(truth), _predicted_distances(truth, answer)


@remembered
def _true_distances(truth: Truth) -> np.ndarray:
    return _pairwise(truth.mean, np.asarray(truth.mask.all(axis=0)))


@remembered
def _predicted_distances(truth: Truth, answer: Answer) -> np.ndarray:
    return _pairwise(answer.mean, np.asarray(truth.mask.all(axis=0)))


def _pairwise(X: np.ndarray, genes: np.ndarray) -> np.ndarray:
    n = len(X)
    if not genes.any():
        return np.full(n + 1, np.nan)
    centred = X - X.mean(axis=0)
    if not genes.all():
        centred[:, ~genes] = 0.0
    squares = np.einsum("ij,ij->i", centred, centred)
    squared = np.maximum(squares[:, None] + squares - 2.0 * centred @ centred.T, 0.0)
    rounding = 1e-20 * float(np.abs(X).max(initial=0.0)) ** 2 * X.shape[1]
    squared[squared <= np.maximum(rounding, 1e-14 * squares.max(initial=0.0))] = 0.0
    np.fill_diagonal(squared, 0.0)
    sums = np.sqrt(squared).sum(axis=1)
    pairs, left = n * (n - 1) / 2, (n - 1) * (n - 2) / 2
    whole = sums.sum() / 2
    return np.concatenate([[whole / max(pairs, 1)], (whole - sums) / max(left, 1)])
