"""Profile metrics: how close a predicted mean profile is to the measured one."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.stats.correlation import is_flat, pearson_rows

__all__ = ["mae", "mse", "pearson_delta", "pearson_delta_perturbed"]


@metric(
    formula="mean over genes of (predicted mean - true mean)^2",
    higher_is_better=False,
    best=0.0,
    chance=None,
    reference="kernfeld2025",
)
def mse(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean squared error of the mean profile, over the genes that count; squared units of X."""
    return _mean_over_genes((answer.mean - truth.mean) ** 2, truth.mask)


@metric(
    formula="mean over genes of |predicted mean - true mean|",
    higher_is_better=False,
    best=0.0,
    chance=None,
    reference="kernfeld2025",
)
def mae(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean absolute error of the mean profile, over the genes that count; units of X."""
    return _mean_over_genes(np.abs(answer.mean - truth.mean), truth.mask)


@metric(
    formula="Pearson correlation over genes of predicted and true shift from control; "
    "the true shift subtracts the truth half of the controls, the predicted one the model half",
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    reference="adduri2025",
)
def pearson_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of shifts, control-referenced.

    A predicted shift that is constant over genes (no change) scores 0, chance, by definition.
    """
    return _correlation(truth.shift, answer.shift, _size(truth), truth.mask)


@metric(
    formula="Pearson correlation over genes of predicted and true profile, both minus the mean "
    "profile of the training perturbations",
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    reference="vinastorne2025",
)
def pearson_delta_perturbed(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of shifts from the perturbed mean: what is specific to a perturbation.

    The training mean itself predicts no specific shift and scores 0, chance, by definition; so
    does a prediction of no change, which would otherwise be paid for the reference that truth and
    answer both subtract.
    """
    own, predicted = truth.mean - truth.reference, answer.mean - answer.reference
    r = _correlation(own, predicted, _size(truth), truth.mask)
    says_nothing = is_flat(answer.shift, truth.mask, _size(truth))
    return np.where(says_nothing & ~np.isnan(r), 0.0, r)


def _size(truth: Truth) -> float:
    return float(np.abs(truth.mean).max(initial=0.0))


def _mean_over_genes(error: np.ndarray, mask: np.ndarray) -> np.ndarray:
    n_genes = mask.sum(axis=1)
    total = np.where(mask, error, 0.0).sum(axis=1)
    return np.where(n_genes > 0, total / np.maximum(n_genes, 1), np.nan)


def _correlation(
    truth: np.ndarray, answer: np.ndarray, size: float, mask: np.ndarray
) -> np.ndarray:
    """Correlate rows; a constant answer is at chance, a constant truth is undefined.

    `size` is the magnitude of the profiles whose differences are compared: what is constant to
    rounding at that magnitude is constant.
    """
    r, _ = pearson_rows(truth, answer, mask)
    r = np.where(is_flat(answer, mask, size), 0.0, r)
    return np.where(is_flat(truth, mask, size), np.nan, r)
