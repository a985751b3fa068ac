"""Classifier: how well a classifier tells two populations apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foretell.stats.distances.pairs import Points

__all__ = ["c2st", "logistic_weights"]

Floats = NDArray[np.float64]

STEPS = 25  # of Newton's method; it needs about six
STILL = 1e-7


def c2st(
    X: Points, Y: Points, rng: np.random.Generator, *, folds: int = 5, penalty: float = 1.0
) -> float:
    """Return the cross-validated area under the ROC curve of telling x from y.

    A penalised logistic regression on standardised coordinates is fitted on all folds but one, and
    ranks the points of that one; the area is the mean over folds. 0.5: it cannot tell them apart;
    1: it never errs. It sees means (and what the coordinates make linear), and not how far apart
    populations are once they are separate. Copies of one sample score below 0.5: a point is judged
    by a classifier that has seen its twin with the other label.

    Parameters
    ----------
    X, Y : (n, d) and (m, d) points; the larger one is thinned at random to the size of the
        smaller, so that their numbers do not matter to the classifier.
    rng : source of randomness: which points stay, and their folds.
    folds : >= 2; at most as many as there are points on a side.
    penalty : ridge on the weights of standardised coordinates, > 0 (1 / C of scikit-learn).

    Returns
    -------
    Area in [0, 1]; NaN with fewer than four points on a side, or a NaN among them.

    Notes
    -----
    Cost: O(folds n d^2). Source: lopezpaz2017.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(50, 4))
    >>> c2st(x, x + 9.0, rng)
    1.0
    """
    from foretell.stats.ranking import auroc_rows

    size = min(len(X), len(Y))
    if size < 4:
        return float("nan")
    pair = [np.asarray(p, np.float64)[rng.permutation(len(p))[:size]] for p in (X, Y)]
    Z, is_x = np.vstack(pair), np.repeat([True, False], size)
    if not np.isfinite(Z).all():
        return float("nan")
    fold = np.tile(np.arange(size) % min(folds, size // 2), 2)
    areas = []
    for k in range(int(fold.max()) + 1):
        fitted, asked = Z[fold != k], Z[fold == k]
        mean, sd = fitted.mean(axis=0), fitted.std(axis=0)
        sd = np.where(sd > 0, sd, 1.0)
        weights = logistic_weights((fitted - mean) / sd, is_x[fold != k], penalty)
        score = ((asked - mean) / sd) @ weights[1:]
        every = np.ones((1, len(score)), dtype=bool)
        areas.append(float(auroc_rows(is_x[fold == k][None], score[None], every)[0]))
    return float(np.mean(areas))


def logistic_weights(Z: Floats, is_one: NDArray[np.bool_], penalty: float) -> Floats:
    """(1 + d,) intercept and weights of a logistic regression with a ridge on the weights.

        minimise  sum of log(1 + exp(-y (b + z w))) + penalty |w|^2 / 2,    y = +1 or -1

    by Newton's method, with steps halved as long as they do not help.

    >>> Z = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> w = logistic_weights(Z, np.array([False, False, True, True]), 1.0)
    >>> bool(abs(w[0]) < 1e-9), round(float(w[1]), 3)
    (True, 1.007)
    """
    A = np.column_stack([np.ones(len(Z)), Z])
    ridge = np.full(A.shape[1], penalty)
    ridge[0] = 0.0
    y = np.where(is_one, 1.0, -1.0)
    w = np.zeros(A.shape[1])
    loss = _loss(A, y, w, ridge)
    for _ in range(STEPS):
        p = _logistic(A @ w)
        gradient = A.T @ (p - is_one) + ridge * w
        H = (A * (p * (1.0 - p))[:, None]).T @ A + np.diag(ridge)
        H[0, 0] += 1e-12  # a saturated intercept
        step = np.linalg.solve(H, gradient)
        size = 1.0
        while size > STILL:
            tried = _loss(A, y, w - size * step, ridge)
            if tried <= loss:
                break
            size /= 2.0
        w, gained = w - size * step, loss - tried
        loss = tried
        if gained <= STILL * (1.0 + abs(loss)):
            break
    return w


def _loss(A: Floats, y: Floats, w: Floats, ridge: Floats) -> float:
    return float(np.logaddexp(0.0, -y * (A @ w)).sum() + (ridge * w**2).sum() / 2.0)


def _logistic(z: Floats) -> Floats:
    found: Floats = 0.5 * (1.0 + np.tanh(z / 2.0))
    return found
