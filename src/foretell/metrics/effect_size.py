"""Effect size: whether predicted shifts are as large as the measured ones."""

from __future__ import annotations

from functools import partial

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.sides import in_blocks, predicted, true

__all__ = ["effect_intercept", "effect_size_error", "effect_slope"]

_fitted = partial(metric, higher_is_better=None, chance=None, reference="mejia2025")


@_fitted(
    formula="slope of the least squares line of |predicted shift| on |true shift| over genes",
    best=1.0,
)
@in_blocks
def effect_slope(truth: Truth, answer: Answer) -> np.ndarray:
    """Slope of predicted on true effect sizes: 0.25 = shifts a quarter as large, 4 = four times.

    Least squares over all genes that count. Noise in the truth pulls the slope towards 0, also for
    the technical duplicate, whose slope is the one to compare with. Signs play no part. A constant
    predicted shift has slope 0; NaN where |true shift| is constant.
    """
    return _line(truth, answer)[0]


@_fitted(
    formula="intercept of the least squares line of |predicted shift| on |true shift| over genes",
    best=0.0,
    fails={"quarter", "fourfold"},
)
@in_blocks
def effect_intercept(truth: Truth, answer: Answer) -> np.ndarray:
    """Predicted effect size, in units of X, of genes that do not move; noise makes it positive."""
    return _line(truth, answer)[1]


@metric(
    formula="1 - min(a, b) / max(a, b), a and b = root mean square of predicted and of true shift",
    higher_is_better=False,
    best=0.0,
    chance=None,
    reference="mejia2025",
)
@in_blocks
def effect_size_error(truth: Truth, answer: Answer) -> np.ndarray:
    """How far the overall size is off: 0 = as large, 0.75 = four times as large or as small.

    It is 1 - 2^-|log2(a / b)|, which stays finite for a prediction of no change: 1. Asks for the
    size alone, not for the right genes; noise in the truth adds to its size, so that the technical
    duplicate and not 0 is what can be reached. NaN where the true shift is 0.
    """
    own, guess = np.sqrt(true(truth).squares), np.sqrt(predicted(truth, answer).squares)
    larger = np.maximum(own, guess)
    return np.where(own > 0, 1.0 - np.minimum(own, guess) / np.where(own > 0, larger, 1), np.nan)


def _line(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """(n,) slope and intercept; NaN where the true sizes are constant."""
    own, guess = true(truth).sizes, predicted(truth, answer)
    sizes = np.abs(guess.values)
    spread = np.einsum("ij,ij->i", own.centred, own.centred)
    together = np.einsum("ij,ij->i", own.centred, sizes)
    defined = ~own.is_flat & ~own.is_unknown
    slope = together / np.where(defined, spread, np.nan)
    slope = np.where(guess.is_flat & ~np.isnan(slope), 0.0, slope)
    n_genes = np.maximum(own.n_genes, 1)
    return slope, (sizes.sum(axis=1) - slope * own.values.sum(axis=1)) / n_genes
