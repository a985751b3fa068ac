"""Metrics of scPertEval, from two profiles, two sets of cells, or a test and a ranking."""

from __future__ import annotations

import numpy as np

from foretell.compat.distances import squared_distances
from foretell.compat.scperteval_data import Test

__all__ = [
    "auprc",
    "auroc",
    "energy",
    "mmd",
    "overlap",
    "pearson",
    "r2",
    "ranks",
    "weighted_mse",
    "weighted_pearson",
    "weighted_r2",
    "weights",
]

TIES = 1e-12


def pearson(truth: np.ndarray, answer: np.ndarray) -> float:
    """Correlation; NaN where a side is constant."""
    if len(truth) < 2:
        return float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.corrcoef(truth, answer)[0, 1])


def r2(truth: np.ndarray, answer: np.ndarray) -> float:
    """1 - sum of squared errors over that of the mean; 0 for an error on a constant truth."""
    return weighted_r2(truth, answer, np.ones(len(truth)))


def weights(t: np.ndarray, exponent: float) -> np.ndarray:
    """|t| from its smallest to its largest value as 0 to 1, to a power, as shares."""
    size = np.abs(t)
    finite = np.isfinite(size)
    if not finite.any():
        return np.zeros_like(size)
    low, high = size[finite].min(), size[finite].max()
    w = np.nan_to_num((size - low) / (high - low) if high > low else np.zeros_like(size))
    w = w**exponent
    return w / w.sum() if w.sum() > 0 else np.full(w.size, 1.0 / w.size)


def weighted_mse(truth: np.ndarray, answer: np.ndarray, w: np.ndarray) -> float:
    """Weighted mean of squared errors."""
    return float(np.sum(w * (truth - answer) ** 2))


def weighted_pearson(truth: np.ndarray, answer: np.ndarray, w: np.ndarray) -> float:
    """Weighted correlation; NaN where a side is constant."""
    a, b = truth - np.sum(w * truth), answer - np.sum(w * answer)
    va, vb = np.sum(w * a**2), np.sum(w * b**2)
    if va <= 0 or vb <= 0:
        return float("nan")
    return float(np.sum(w * a * b) / np.sqrt(va * vb))


def weighted_r2(truth: np.ndarray, answer: np.ndarray, w: np.ndarray) -> float:
    """1 - weighted sum of squared errors over that of the weighted mean."""
    if w.sum() <= 0 or len(truth) < 2:
        return float("nan")
    error = np.sum(w * (truth - answer) ** 2)
    spread = np.sum(w * (truth - np.average(truth, weights=w)) ** 2)
    if spread == 0:
        return 1.0 if error == 0 else 0.0
    return float(1.0 - error / spread)


def energy(X: np.ndarray, Y: np.ndarray) -> float:
    """Energy distance, unbiased within each side; NaN where one is empty."""
    if not len(X) or not len(Y):
        return float("nan")
    across = np.sqrt(squared_distances(X, Y)).mean()
    return float(2.0 * across - _within(X) - _within(Y))


def _within(X: np.ndarray) -> float:
    n = len(X)
    if n <= 1:
        return 0.0
    return float(np.sqrt(squared_distances(X, X)).sum() / (n * (n - 1)))


def mmd(X: np.ndarray, Y: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy, the median distance as the bandwidth."""
    n, m = len(X), len(Y)
    if n < 2 or m < 2:
        return float("nan")
    both = np.vstack([X, Y])
    D = squared_distances(both, both)
    above = D[np.triu_indices(n + m, k=1)]
    sigma = float(np.median(np.sqrt(above)))
    if sigma <= 0:
        return 0.0
    K = np.exp(-D / (2.0 * sigma * sigma))
    xx, yy, xy = K[:n, :n], K[n:, n:], K[:n, n:]
    xx_mean = (xx.sum() - np.trace(xx)) / (n * (n - 1))
    yy_mean = (yy.sum() - np.trace(yy)) / (m * (m - 1))
    return float(xx_mean + yy_mean - 2.0 * xy.mean())


def ranks(truths: np.ndarray, answers: np.ndarray, *, of_answers: bool) -> np.ndarray:
    """Rank of each own pair, 0 = nearest, 1 = farthest; ties are broken by noise of seed 42.

    With `of_answers` each answer is ranked against all truths, else each truth against all
    answers.
    """
    D = squared_distances(answers, truths)
    D = D.T if of_answers else D
    noise = np.random.default_rng(42).uniform(0, TIES, size=D.shape)
    place = np.argsort(np.argsort(D + noise, axis=0), axis=0)
    found: np.ndarray = np.diag(place) / max(len(D) - 1, 1)
    return found


def auprc(truth: Test, size: np.ndarray) -> float:
    """Average precision for the genes below 0.05; NaN where all or none are."""
    from sklearn.metrics import average_precision_score

    called = truth.q < 0.05
    return float(average_precision_score(called, size)) if _both(called) else float("nan")


def auroc(truth: Test, size: np.ndarray) -> float:
    """Area under the ROC curve for the genes below 0.05; NaN where all or none are."""
    from sklearn.metrics import roc_auc_score

    called = truth.q < 0.05
    return float(roc_auc_score(called, size)) if _both(called) else float("nan")


def _both(called: np.ndarray) -> bool:
    return 0 < called.sum() < called.size


def overlap(truth: Test, size: np.ndarray, k: int) -> float:
    """Share of the k largest true |t| among the k largest predicted ones; NaN for k >= g."""
    strength = np.abs(truth.t)
    if k >= strength.size:
        return float("nan")
    first, second = (np.argpartition(-v, k - 1)[:k] for v in (strength, size))
    return len(np.intersect1d(first, second)) / k
