"""Genes together: whether genes vary with each other, from cell to cell, as predicted."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.cells.populations import pair_of
from foretell.metrics.mean_blind import CHANGES_OF_THE_MEAN

__all__ = ["gene_correlation_error"]

FEWEST = 3  # cells, below which every correlation is 1 or -1


@metric(
    formula="root mean square, over pairs of panel genes, of (correlation among predicted cells - "
    "correlation among true cells): their Frobenius distance per pair",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"panel", "sampled"},
    refers_to="nothing",
    used_by="none in this form; scArchon and scPerturBench ask the question",
    fails=CHANGES_OF_THE_MEAN | {"constant_cells", "inflated_cells", "nan_rows"},
)
def gene_correlation_error(truth: Truth, answer: Answer) -> np.ndarray:
    """Error of the gene-gene correlations within a condition; 0 to 2.

    Genes that do not vary among the true cells are left out; one that does not vary among the
    predicted ones has a correlation of 0 with all others. Two samples of n cells each differ by
    about sqrt(2 / n) by chance: read it against the duplicate. NaN where the model draws no cells,
    with fewer than three cells on a side, or fewer than two genes. Where genes are unrelated, an
    answer without any correlation comes nearer to the noise of the truth (1 / sqrt(n)) than a
    duplicate does: a description of cells, and not a metric to rank models by.
    """
    true, predicted = pair_of(truth, answer, "panel")
    scores = np.full(len(truth.mean), np.nan)
    if not predicted.sampled:
        return scores
    for i in range(len(scores)):
        x, y = true.of(i), predicted.of(i)
        if min(len(x), len(y)) < FEWEST:
            continue
        scores[i] = _error(x[:, truth.mask[i, true.columns]], y[:, truth.mask[i, true.columns]])
    return scores


def _error(x: np.ndarray, y: np.ndarray) -> float:
    a, b = _standardised(x), _standardised(y)
    kept = (a != 0).any(axis=0)
    k = int(kept.sum())
    if k < 2:
        return float("nan")
    apart = a[:, kept].T @ a[:, kept] - b[:, kept].T @ b[:, kept]
    np.fill_diagonal(apart, 0.0)
    return float(np.sqrt((apart**2).sum() / (k * (k - 1))))


def _standardised(x: np.ndarray) -> np.ndarray:
    """Return columns of mean 0 and length 1; of zeros where all values are one."""
    values = np.asarray(x, dtype=np.float64)
    centred = values - values.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    varies = length > 1e-12 * np.maximum(np.abs(values).max(axis=0, initial=0.0), 1e-300)
    scaled: np.ndarray = np.where(varies, centred / np.where(varies, length, 1.0), 0.0)
    return scaled
