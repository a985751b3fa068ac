"""Retrieval: whether a prediction points at its own perturbation among all others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from foretell.core.metric import Answer, Metric, ScoreFunction, Truth, metric
from foretell.metrics.competitors import (
    Distance,
    nearest_in_training,
    predictions_from_truth,
    raw_distances,
    silenced,
    truths_from_prediction,
)
from foretell.metrics.sides import given
from foretell.stats.ranking import Standing, chance_of_top, midrank_fraction, reciprocal_rank, stand

__all__ = [
    "cell_label_accuracy",
    "centroid_accuracy",
    "pds_cosine",
    "pds_l1",
    "pds_l2",
    "pds_norm",
    "retrieval_mrr",
    "retrieval_top1",
    "retrieval_top5",
    "transpose_pds_cosine",
    "transpose_pds_l2",
]

SIZE = ("quarter", "fourfold")
_retrieval = partial(metric, higher_is_better=True, best=1.0)
OTHERS = (
    "cell-eval `discrimination_score_{}`: 1 - rank / P with ties by label, so the worst is 1/P and "
    "chance above 0.5; only a label that is one gene's name is left out"
)


def _pds(
    kind: str, used_by: str, fails: tuple[str, ...] = (), *, is_standard: bool = False
) -> Callable[[ScoreFunction], Metric]:
    return _retrieval(
        formula="1 - rank / (P - 1), rank (0-based, mid-rank ties) of the true shift among the "
        f"true shifts of all P conditions of the context, by {kind} distance to the predicted "
        "shift; every gene that a competitor targets is left out for all",
        chance=0.5,
        needs={"pool"},
        is_standard=is_standard,
        fails=fails,
        used_by=used_by,
        reference="adduri2025",
    )


@_pds("cosine", OTHERS.format("cosine"), SIZE, is_standard=True)
def pds_cosine(truth: Truth, answer: Answer) -> np.ndarray:
    """Perturbation discrimination score by cosine distance: 1 is best, 0.5 is chance exactly.

    A zero or constant predicted shift ties with everything and scores 0.5. NaN where no gene is
    left. Blind to the size of the prediction.
    """
    return _discrimination(truth, answer, "cosine")


@_pds("Manhattan", OTHERS.format("l1") + "; Virtual Cell Challenge 2025")
def pds_l1(truth: Truth, answer: Answer) -> np.ndarray:
    """Perturbation discrimination score by Manhattan distance; an offset or a wrong size costs.

    Predictions that are too small stand nearer to weak conditions.
    """
    return _discrimination(truth, answer, "l1")


@_pds("Euclidean", OTHERS.format("l2") + "; scPertEval `rank` on raw centroids")
def pds_l2(truth: Truth, answer: Answer) -> np.ndarray:
    """Perturbation discrimination score by Euclidean distance."""
    return _discrimination(truth, answer, "l2")


@_pds("Euclidean, after scaling the predicted shift to the candidate's length,", "", SIZE)
def pds_norm(truth: Truth, answer: Answer) -> np.ndarray:
    """Perturbation discrimination score by norm-matched Euclidean distance: blind to size.

    The prediction is scaled to the length of each candidate in turn. (Scaled to the length of the
    *own* true shift, a prediction that is the same for all would score above chance.)
    """
    return _discrimination(truth, answer, "norm")


def _transposed(
    kind: str, used_by: str, fails: tuple[str, ...]
) -> Callable[[ScoreFunction], Metric]:
    return _retrieval(
        formula="1 - rank / (P - 1), rank (0-based, mid-rank ties) of the own prediction among "
        f"all P shifts that were predicted together, by {kind} distance to the true shift",
        chance=0.5,
        needs={"pool", "predicted_pool"},
        fails=fails,
        used_by=used_by,
        reference="wu2024perturbench",
    )


@_transposed(
    "Euclidean",
    "PerturBench `rank`, 0 best and ties broken at random; scPertEval `transpose_rank`",
    ("missing",),
)
def transpose_pds_l2(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the other predictions that lie farther from the true shift than the own one.

    The same prediction for all is a total tie and scores 0.5.
    """
    return _transpose(truth, answer, "l2")


@_transposed("cosine", "PerturBench `rank` by cosine", (*SIZE, "missing"))
def transpose_pds_cosine(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the other predictions at a larger angle to the true shift than the own one."""
    return _transpose(truth, answer, "cosine")


_found = partial(_retrieval, chance="pool_share", needs={"pool"}, reference="adduri2025")


@_found(
    formula="chance that the true shift is the nearest to the predicted one among the true shifts "
    "of all P conditions, by cosine distance, ties broken at random; chance 1 / P",
    fails={"quarter", "fourfold"},
)
def retrieval_top1(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of conditions that are found at first try."""
    standing = _standing(truth, answer)
    return silenced(chance_of_top(standing, 1), truth, answer, 1.0 / _many(standing))


@_found(
    formula="chance that the true shift is among the 5 nearest to the predicted one among the "
    "true shifts of all P conditions, by cosine distance, ties broken at random; chance 5 / P",
    fails={"quarter", "fourfold", "offset", "edited_controls"},
)
def retrieval_top5(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of conditions that are found in five tries."""
    standing = _standing(truth, answer)
    chance = np.minimum(5.0 / _many(standing), 1.0)
    return silenced(chance_of_top(standing, 5), truth, answer, chance)


@_found(
    formula="mean of 1 / rank (from 1) of the true shift among the true shifts of all P "
    "conditions, by cosine distance to the predicted one, ties broken at random; "
    "chance (1 + 1/2 + ... + 1/P) / P",
    fails={"quarter", "fourfold"},
)
def retrieval_mrr(truth: Truth, answer: Answer) -> np.ndarray:
    """Mean reciprocal rank: dominated by the conditions that are found at once."""
    standing = _standing(truth, answer)
    many = _many(standing)
    harmonic = np.cumsum(1.0 / np.arange(1.0, many.max(initial=1.0) + 1))
    chance = harmonic[many.astype(int) - 1] / many
    return silenced(reciprocal_rank(standing), truth, answer, chance)


@_retrieval(
    formula="1 - rank / (P + K - 1), rank (0-based, mid-rank ties) of the own true profile among "
    "all P true profiles and K training profiles, by Euclidean distance to the predicted profile",
    chance=0.5,
    needs={"pool", "train"},
    refers_to="nothing",
    used_by="Systema `centroid_accuracy`, ties lost and directly targeted genes kept",
    reference="vinastorne2025",
)
def centroid_accuracy(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of other measured profiles, seen or not, that lie farther from the predicted one.

    A copy of a training condition is nearer to that one than to its own. A constant predicted
    shift scores 0.5.
    """
    distances = raw_distances(truth, answer)
    score = midrank_fraction(distances, given(truth.own, "pool"))
    return silenced(score, truth, answer, 0.5)


@metric(
    formula="1 where the training condition whose mean profile is nearest (Euclidean) to the "
    "predicted profile is the one that is nearest to the true profile, else 0",
    higher_is_better=True,
    best=1.0,
    chance=None,
    needs={"pool", "train"},
    refers_to="nothing",
    used_by="PEREGGRN `cell_type_correct`, there by a random forest on clusters of training cells",
    reference="kernfeld2025",
)
def cell_label_accuracy(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of conditions that are taken for the same seen state as the truth.

    Each training condition is a state of its own: data sets carry no clusters of cells. There is
    no level of chance: one answer for all scores the share of the commonest state. Ties share.
    """
    own, guess = nearest_in_training(truth, answer)
    agree = np.einsum("ij,ij->i", own, guess) / np.maximum((own**2).sum(axis=1), 1e-300)
    left = given(truth.pool_mask, "pool").any() and own.shape[1] > 0
    known = np.isfinite(np.where(given(truth.pool_mask, "pool"), answer.mean, 0.0).sum(axis=1))
    return np.where(known & left, np.minimum(agree, 1.0), np.nan)


def _discrimination(truth: Truth, answer: Answer, kind: Distance) -> np.ndarray:
    distances = truths_from_prediction(truth, answer, kind)
    return silenced(midrank_fraction(distances, given(truth.own, "pool")), truth, answer, 0.5)


def _transpose(truth: Truth, answer: Answer, kind: Distance) -> np.ndarray:
    distances = predictions_from_truth(truth, answer, kind)
    own = given(answer.own, "predicted_pool")
    return silenced(midrank_fraction(distances, own), truth, answer, 0.5)


def _standing(truth: Truth, answer: Answer) -> Standing:
    return stand(truths_from_prediction(truth, answer, "cosine"), given(truth.own, "pool"))


def _many(standing: Standing) -> np.ndarray:
    return np.maximum(standing.candidates, 1.0)
