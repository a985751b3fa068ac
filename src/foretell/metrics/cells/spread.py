"""Spread: whether cells vary, and are empty, as much as predicted; gene by gene."""

from __future__ import annotations

import numpy as np

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.mean_blind import CHANGES_OF_THE_MEAN

__all__ = ["variance_error", "zero_fraction_error"]


@metric(
    formula="mean over genes of |v_predicted - v_true| / (v_predicted + v_true), v the variance "
    "between cells; = tanh(|log ratio| / 2)",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"variance", "sampled"},
    refers_to="nothing",
    accepts_relative=False,
    used_by="none in this form. pertpy: mean_var_distribution compares the relation between mean "
    "and variance; scArchon: variances of pertpy's bootstrap",
    fails=CHANGES_OF_THE_MEAN | {"nan_rows"},
)
def variance_error(truth: Truth, answer: Answer) -> np.ndarray:
    """Error of the variance between cells; 0 to 1, 1 for cells that are all alike.

    A twofold error is 1/3, in either direction. Genes that vary neither in the true nor in the
    predicted cells are left out. NaN where the model draws no cells (control cells moved by its
    shift say nothing about spread), where variances cannot be had, and without a gene.
    """
    if truth.variance is None or answer.variance is None:
        return _undefined(truth, answer.variance, "variance")
    v, w = truth.variance, answer.variance
    total = v + w
    counted = truth.mask & (total > 0)
    error = np.abs(w - v) / np.where(counted, total, 1.0)
    return _mean(error, counted)


@metric(
    formula="mean over genes of |share of predicted cells above 0 - share of true cells above 0|",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"variance", "sampled"},
    refers_to="nothing",
    accepts_relative=False,
    used_by="none in this form",
)
def zero_fraction_error(truth: Truth, answer: Answer) -> np.ndarray:
    """Error of the share of cells in which a gene is not seen; 0 to 1.

    Models of continuous values draw cells without any zero. NaN where the model draws no cells,
    and without a gene.
    """
    if truth.detected is None or answer.detected is None:
        return _undefined(truth, answer.detected, "detected")
    error = np.abs(answer.detected - truth.detected)
    return _mean(error, truth.mask & np.isfinite(error))


def _undefined(truth: Truth, predicted: np.ndarray | None, field: str) -> np.ndarray:
    if predicted is not None:
        raise ForetellError(
            f"the truth has no `{field}` between cells", "use a metric on means, or give cells"
        )
    return np.full(len(truth.mean), np.nan)


def _mean(error: np.ndarray, counted: np.ndarray) -> np.ndarray:
    size = counted.sum(axis=1)
    total = np.where(counted, error, 0.0).sum(axis=1)
    return np.where(size > 0, total / np.maximum(size, 1), np.nan)
