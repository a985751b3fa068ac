"""Competitors: distances between answers and all conditions that compete in a retrieval."""

from __future__ import annotations

from typing import Literal

import numpy as np

from foretell.core.metric import Answer, Truth
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import FLAT, given, predicted, says_nothing
from foretell.stats.correlation import manhattan_distances

__all__ = [
    "Distance",
    "nearest_in_training",
    "predictions_from_truth",
    "raw_distances",
    "silenced",
    "truths_from_prediction",
]

Distance = Literal["l1", "l2", "cosine", "norm"]
TIE = 1e-12


def truths_from_prediction(truth: Truth, answer: Answer, kind: Distance) -> np.ndarray:
    """(n, m) distances of each predicted shift to the true shifts of the pool.

    ``l2`` is squared: only the order matters. ``norm``: the predicted shift is first scaled to the
    length of each candidate, so that its own length says nothing.
    """
    shift, pool = _guess(truth, answer), _pool(truth)
    if kind == "l1":
        return manhattan_distances(shift, pool)
    return _distances(_squares(shift), _pool_squares(truth), _dots(truth, answer), kind)


def predictions_from_truth(truth: Truth, answer: Answer, kind: Distance) -> np.ndarray:
    """(n, m) distances of each true shift to all shifts that were predicted together."""
    pool, dots = _predictions(truth, answer)
    return _distances(_squares(_own(truth)), pool, dots, kind)


def raw_distances(truth: Truth, answer: Answer) -> np.ndarray:
    """(n, m + k) squared Euclidean distances of each predicted profile to true and seen profiles.

    True profiles are the pool's shifts on the truth half of the controls; profiles of training
    conditions are their shifts on the model half, which they were measured against.
    """
    apart = _kept(answer.control - truth.control, truth)
    shift, pool = _guess(truth, answer), _pool(truth)
    along = _dots(truth, answer) + pool @ apart
    to_pool = _distances(_squares(shift + apart), _pool_squares(truth), along, "l2")
    to_train = _distances(_squares(shift), _train_squares(truth), _train_dots(truth, answer), "l2")
    return np.concatenate([to_pool, to_train], axis=1)


def nearest_in_training(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """Return which training conditions are nearest to each true and to each predicted profile.

    Two arrays (n, k); each row holds a share of 1 for the nearest, divided where several tie.
    """
    apart, size = _kept(truth.control - answer.control, truth), _train_squares(truth)
    own = _squares(_own(truth) + apart)
    along = _own_train_dots(truth) + _train(truth) @ apart
    true_distances = _distances(own, size, along, "l2")
    guess = _squares(_guess(truth, answer))
    return (
        _shares(true_distances),
        _shares(_distances(guess, size, _train_dots(truth, answer), "l2")),
    )


def silenced(
    score: np.ndarray, truth: Truth, answer: Answer, chance: np.ndarray | float
) -> np.ndarray:
    """Set answers of no change to chance; NaN where no gene is left or no number was given."""
    shift = _guess(truth, answer)
    if not shift.shape[1]:
        return np.full(len(score), np.nan)
    if shift.shape == truth.mask.shape and shift is predicted(truth, answer).values:
        side = predicted(truth, answer)
        score = np.where(side.is_flat & ~np.isnan(score), chance, score)
        return np.where(side.is_unknown, np.nan, score)
    size = np.maximum(np.abs(answer.control).max(initial=0.0), np.abs(shift).max(axis=1))
    with np.errstate(invalid="ignore"):
        flat = shift.max(axis=1) - shift.min(axis=1) <= FLAT * size
    flat |= says_nothing(truth, answer)
    score = np.where(flat & ~np.isnan(score), chance, score)
    return np.where(np.isfinite(shift.sum(axis=1)), score, np.nan)


def _kept(values: np.ndarray, truth: Truth) -> np.ndarray:
    """Leave out the genes that a competitor targets."""
    kept = given(truth.pool_mask, "pool")
    return values if kept.all() else np.ascontiguousarray(values[..., kept])


@remembered
def _pool(truth: Truth) -> np.ndarray:
    return _kept(given(truth.pool, "pool"), truth)


@remembered
def _train(truth: Truth) -> np.ndarray:
    return _kept(given(truth.train, "train"), truth)


@remembered
def _own(truth: Truth) -> np.ndarray:
    return _kept(truth.shift, truth)


@remembered
def _own_train_dots(truth: Truth) -> np.ndarray:
    dots: np.ndarray = _own(truth) @ _train(truth).T
    return dots


@remembered
def _guess(truth: Truth, answer: Answer) -> np.ndarray:
    if given(truth.pool_mask, "pool").all() and truth.mask.all():
        return predicted(truth, answer).values  # which other halves may have seen
    return _kept(answer.shift, truth)


@remembered
def _dots(truth: Truth, answer: Answer) -> np.ndarray:
    dots: np.ndarray = _guess(truth, answer) @ _pool(truth).T
    return dots


@remembered
def _predictions(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """(m,) squares of the predicted shifts of the pool, (n, m) their products with true shifts."""
    pool = _kept(given(answer.pool, "predicted_pool"), truth)
    return _squares(pool), _own(truth) @ pool.T


@remembered
def _train_dots(truth: Truth, answer: Answer) -> np.ndarray:
    dots: np.ndarray = _guess(truth, answer) @ _train(truth).T
    return dots


@remembered
def _pool_squares(truth: Truth) -> np.ndarray:
    return _squares(_pool(truth))


@remembered
def _train_squares(truth: Truth) -> np.ndarray:
    return _squares(_train(truth))


def _squares(a: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ij,ij->i", a, a))


def _distances(a: np.ndarray, b: np.ndarray, dots: np.ndarray, kind: Distance) -> np.ndarray:
    """(n, m) distances, from squared lengths (n,) and (m,) and products."""
    if kind == "l2":
        return np.asarray(np.maximum(a[:, None] + b - 2.0 * dots, 0.0))
    lengths = np.sqrt(a)[:, None] * np.sqrt(b)
    cosine = np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0)
    distance: np.ndarray = 1.0 - np.clip(cosine, -1.0, 1.0)
    distance[:, np.isnan(b)] = np.nan  # no candidate: it was not answered
    return distance if kind == "cosine" else distance * b


def _shares(distances: np.ndarray) -> np.ndarray:
    low = distances.min(axis=1, initial=np.inf, keepdims=True)
    slack = TIE * distances.max(axis=1, initial=0.0, keepdims=True)
    is_nearest = distances <= low + slack
    shares: np.ndarray = is_nearest / np.maximum(is_nearest.sum(axis=1, keepdims=True), 1)
    return shares
