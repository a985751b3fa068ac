"""Selective metrics: whether an answer knows where it is wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Truth, metric
from foretell.stats.jackknife import jackknife_values

__all__ = ["aurc", "selective_gain"]


@metric(
    formula="area under the risk-coverage curve: mean over k of the mean root mean squared error "
    "of the k most confident conditions",
    higher_is_better=False,
    best=0.0,
    chance=None,
    level="dataset",
    needs={"confidence"},
    refers_to="nothing",
    whole=True,
    reference="geifman2017",
)
def aurc(truth: Truth, answer: Answer) -> np.ndarray:
    """Average error of acting on the most confident answers first; units of X.

    Confidence is what the answer says, else minus its mean sd, else minus its mean width, where
    endless bands come last. Ties stand in every order at once. It mixes how large errors are with
    how well they are ordered: see `selective_gain` for the order alone. Jackknife values.
    """
    error, confidence = _error(truth, answer), _confidence(truth, answer)
    return _spread_out(error, lambda at: _area(error[at], confidence[at]))


@metric(
    formula="(mean error - area under the risk-coverage curve) / (mean error - area of the order "
    "by true error)",
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    level="dataset",
    needs={"confidence"},
    refers_to="nothing",
    whole=True,
    reference="geifman2017",
    fails={"quarter", "fourfold", "permuted", "mixed_scales"},
)
def selective_gain(truth: Truth, answer: Answer) -> np.ndarray:
    """How well confidence orders conditions by error: 1 perfectly, 0 like chance, < 0 worse.

    Confidence as in `aurc`. One and the same confidence for all scores 0. An answer without any
    error scores 1; where all errors are equal there is nothing to order: NaN. Jackknife values.
    """
    error, confidence = _error(truth, answer), _confidence(truth, answer)

    def gain(at: np.ndarray) -> float:
        own, mean = _area(error[at], confidence[at]), float(error[at].mean())
        room = mean - _area(error[at], -error[at])
        if mean == 0:
            return 1.0
        return (mean - own) / room if room > 1e-12 * mean else np.nan

    return _spread_out(error, gain)


def _spread_out(error: np.ndarray, statistic: Callable[[np.ndarray], float]) -> np.ndarray:
    """Return jackknife values of the conditions that have an error; NaN for the others."""
    known = np.flatnonzero(~np.isnan(error))
    values = np.full(len(error), np.nan)
    values[known] = jackknife_values(lambda at: statistic(known[at]), len(known))
    return values


def _error(truth: Truth, answer: Answer) -> np.ndarray:
    """(n,) root mean squared error over the genes that count; NaN where none does."""
    n = truth.mask.sum(axis=1)
    total = np.where(truth.mask, (answer.mean - truth.mean) ** 2, 0.0).sum(axis=1)
    return np.sqrt(np.where(n > 0, total / np.maximum(n, 1), np.nan))


def _confidence(truth: Truth, answer: Answer) -> np.ndarray:
    """(n,) what the answer says of itself, larger = more."""
    if answer.confidence is not None:
        return answer.confidence
    if answer.sd is not None:
        return -_mean(answer.sd, truth.mask)
    if answer.lower is None or answer.upper is None:
        raise ForetellError("the answer has no confidence", "wrap the model in graded_risk")
    with np.errstate(invalid="ignore"):
        return -_mean(answer.upper - answer.lower, truth.mask)


def _mean(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    total = np.where(mask, values, 0.0).sum(axis=1)
    mean: np.ndarray = total / np.maximum(mask.sum(axis=1), 1)
    return mean


def _area(error: np.ndarray, confidence: np.ndarray) -> float:
    """Return the mean over k of the mean error of the k most confident, over all orders of ties."""
    _, block = np.unique(-confidence, return_inverse=True)
    count = np.bincount(block.ravel())
    level = np.bincount(block.ravel(), error) / count
    running = np.cumsum(np.repeat(level, count)) / np.arange(1, len(error) + 1)
    return float(running.mean())
