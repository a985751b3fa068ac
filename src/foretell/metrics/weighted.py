"""Weighted errors: genes count by how surely they moved."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foretell.core.metric import Answer, Metric, ScoreFunction, Truth, metric
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import given, in_blocks, predicted, true

__all__ = ["r2_delta", "r2_delta_weighted", "wmse_e1", "wmse_e2", "wmse_e4"]


def _wmse(power: int) -> Callable[[ScoreFunction], Metric]:
    return metric(
        name=f"wmse_e{power}",
        formula="sum_j w_j (predicted mean - true mean)_j^2 / sum_j w_j, w = (|t| scaled to "
        f"[0, 1] over the genes of a condition)^{power}",
        higher_is_better=False,
        best=0.0,
        chance=None,
        needs={"tests"},
        accepts_relative=False,
        used_by=f"scPertEval `wmse_exp{power}`"
        + ("; Diversity by Design `wmse`, t against all other conditions" if power == 2 else ""),
        reference="mejia2025",
    )


@_wmse(1)
@in_blocks
def wmse_e1(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile, weighted by |t| of the test against the controls.

    A gene without a finite t weighs nothing; NaN where all genes weigh the same or nothing.
    """
    return _weighted_error(truth, answer, 1)


@_wmse(2)
@in_blocks
def wmse_e2(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile, weighted by |t|^2: few genes decide."""
    return _weighted_error(truth, answer, 2)


@_wmse(4)
@in_blocks
def wmse_e4(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile, weighted by |t|^4: very few genes decide."""
    return _weighted_error(truth, answer, 4)


@metric(
    formula="1 - sum_j (predicted shift - true shift)_j^2 / sum_j (true shift - its mean)_j^2",
    higher_is_better=True,
    best=1.0,
    chance=None,
    used_by="cellsimbench `r2_delta`; PerturBench `r2_score`. scArchon's `R2` is a squared "
    "correlation, blind to the sign",
    reference="miller2025",
)
@in_blocks
def r2_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the variance of the true shift that is explained; 1 - error, no lower bound.

    It has no level of chance: predicting no change scores 0 or a little less, anything larger that
    is wrong scores far less. NaN where the true shift is constant.
    """
    own, guess = true(truth), predicted(truth, answer)
    error = guess.values - own.values
    total = np.einsum("ij,ij->i", own.centred, own.centred)
    defined = ~own.is_flat & ~own.is_unknown
    ratio = np.einsum("ij,ij->i", error, error) / np.where(defined, total, np.nan)
    return np.asarray(1.0 - ratio)


@metric(
    formula="1 - sum_j w_j (predicted shift - true shift)_j^2 / sum_j w_j (true shift - its "
    "weighted mean)_j^2, w = (|t| scaled to [0, 1])^2",
    higher_is_better=True,
    best=1.0,
    chance=None,
    needs={"tests"},
    accepts_relative=False,
    used_by="Diversity by Design and cellsimbench, weighted `r2_delta`, t against all other "
    "conditions",
    reference="mejia2025",
)
@in_blocks
def r2_delta_weighted(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the weighted variance of the true shift that is explained; no lower bound."""
    w, own = _weights(truth, 2), true(truth)
    error = predicted(truth, answer).values - own.values
    total = w.sum(axis=1)
    mean = np.einsum("ij,ij->i", w, own.values) / np.where(total > 0, total, np.nan)
    spread = np.einsum("ij,ij->i", w, (own.values - mean[:, None]) ** 2)
    defined = ~own.is_flat & (spread > 0)
    ratio = np.einsum("ij,ij->i", w, error**2) / np.where(defined, spread, np.nan)
    return np.asarray(1.0 - ratio)


def _weighted_error(truth: Truth, answer: Answer, power: int) -> np.ndarray:
    w = _weights(truth, power)
    error = predicted(truth, answer, "nothing").values - true(truth, "nothing").values
    total = w.sum(axis=1)
    weighted = np.einsum("ij,ij,ij->i", w, error, error)
    return np.asarray(weighted / np.where(total > 0, total, np.nan))


@remembered
def _weights(truth: Truth, power: int) -> np.ndarray:
    """(n, g) |t| scaled to [0, 1] over the genes that count, to a power; 0 elsewhere."""
    t = np.abs(given(truth.tests, "tests").statistic)
    known = truth.mask & np.isfinite(t)
    low = np.where(known, t, np.inf).min(axis=1, initial=np.inf, keepdims=True)
    high = np.where(known, t, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    width = np.where(high > low, high - low, np.inf)
    scaled = np.where(known, t - np.where(np.isfinite(low), low, 0.0), 0.0) / width
    weights: np.ndarray = scaled**power
    return weights
