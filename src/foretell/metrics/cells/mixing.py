"""Mixing: whether predicted and true cells can be told apart."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.core.seeds import rng_for
from foretell.metrics.cells.populations import pair_of, scored, thinned
from foretell.stats.distances import neighbours
from foretell.stats.distances.classifier import c2st as area

__all__ = ["c2st", "knn_mixing"]

AT_MOST = 200  # cells of a side


@metric(
    formula="area under the ROC curve, on held-out cells of five folds, of a logistic regression "
    "that tells true from predicted cells in principal components",
    higher_is_better=False,
    best=0.5,
    chance=None,
    best_is_expected=True,
    needs={"cells"},
    refers_to="nothing",
    used_by="pertpy: classifier_proba (mean probability of the right label on a random fifth of "
    "one side). Its compare_classification asks another question: how many predicted cells a "
    "classifier of true against control cells takes for true",
    reference="lopezpaz2017",
    fails={"inflated_cells"},
)
def c2st(truth: Truth, answer: Answer) -> np.ndarray:
    """Classifier two-sample test: 0.5 if predicted cells cannot be told from true ones, 1 if ever.

    The side of more cells is thinned to the other's number, and both to 200; who stays and the
    folds are fixed. The best value is reached in expectation by fresh cells of the true
    population; copies of the true cells score below it. Saturates at 1: a small shift of many
    genes may be enough. NaN with fewer than four cells on a side.
    """
    true, predicted = pair_of(truth, answer, "cells")
    scores = np.full(len(truth.mean), np.nan)
    for i in range(len(scores)):
        x, y = _balanced(true.of(i), predicted.of(i))
        scores[i] = area(x, y, rng_for(folds="c2st"))
    return scored(truth, scores)


@metric(
    formula="share of the 10 nearest neighbours, in principal components, that are of the other "
    "side, over the share expected of one population; mean over true and over predicted cells",
    higher_is_better=True,
    best=1.0,
    chance=None,
    best_is_expected=True,
    needs={"cells"},
    refers_to="nothing",
    used_by="pertpy: compare_knn (share of true cells among the neighbours of predicted cells)",
    reference="schilling1986",
)
def knn_mixing(truth: Truth, answer: Answer) -> np.ndarray:
    """Mixing among nearest neighbours: 1 as in one population, 0 if no neighbour is shared.

    The side of more cells is thinned to the other's number, and both to 200, the same ones every
    time. The best value is reached in expectation by fresh cells of the true population; copies of
    the true cells score above it. NaN with fewer than two cells on a side.
    """
    true, predicted = pair_of(truth, answer, "cells")
    pairs = (_balanced(true.of(i), predicted.of(i)) for i in range(len(truth.mean)))
    return scored(truth, np.array([neighbours.knn_mixing(x, y) for x, y in pairs]))


def _balanced(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = min(len(x), len(y), AT_MOST)
    return thinned(x, size), thinned(y, size)
