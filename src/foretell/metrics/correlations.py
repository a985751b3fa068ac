"""Correlations of profiles and of shifts, over all genes or those that moved most."""

from __future__ import annotations

from functools import partial

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.sides import (
    FLAT,
    Reference,
    Side,
    differential,
    in_blocks,
    predicted,
    says_nothing,
    top,
    true,
)
from foretell.stats.correlation import without_direction
from foretell.stats.selection import Selection

__all__ = [
    "cosine",
    "cosine_delta",
    "pearson",
    "pearson_delta",
    "pearson_delta_degs",
    "pearson_delta_perturbed",
    "pearson_delta_perturbed_top20",
    "pearson_delta_specific",
    "pearson_delta_top20",
    "spearman",
    "spearman_delta",
    "spearman_delta_perturbed",
]

_correlation = partial(metric, higher_is_better=True, best=1.0)
_raw = partial(_correlation, chance=None, refers_to="nothing", is_calibrated=False)


@_raw(
    formula="Pearson correlation over genes of predicted and true mean profile",
    used_by="scPertEval `pearson` without centring; scGPT and GEARS `pearson`",
    reference="roohani2024",
    fails={"offset"},
)
@in_blocks
def pearson(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of whole profiles: about 0.99 for any answer, so never a reason to trust one."""
    return _pearson(true(truth, "nothing"), predicted(truth, answer, "nothing"))


@_raw(
    formula="Spearman correlation over genes of predicted and true mean profile",
    used_by="OpenProblems `mean_rowwise_spearman`, on signed log p",
    reference="szalata2024",
    fails={"offset", "mixed_scales"},
)
@in_blocks
def spearman(truth: Truth, answer: Answer) -> np.ndarray:
    """Rank correlation of whole profiles: high for any answer."""
    return _spearman(true(truth, "nothing"), predicted(truth, answer, "nothing"))


@_raw(
    formula="cosine of the angle between predicted and true mean profile",
    used_by="OpenProblems `mean_rowwise_cosine`, on signed log p; PerturBench `cosine`",
    reference="szalata2024",
)
@in_blocks
def cosine(truth: Truth, answer: Answer) -> np.ndarray:
    """Cosine of whole profiles: high for any answer. 0 for a profile of zeros."""
    return _cosine(true(truth, "nothing"), predicted(truth, answer, "nothing"))


@_correlation(
    formula="Pearson correlation over genes of predicted and true shift from control; "
    "the true shift subtracts the truth half of the controls, the predicted one the model half",
    chance=0.0,
    used_by="cell-eval `pearson_delta`, with predicted controls; scPertEval `pearson` centred on "
    "control; elsewhere both sides subtract the same controls, which pays for nothing",
    reference="adduri2025",
    is_standard=True,
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def pearson_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of shifts, control-referenced.

    A predicted shift that is constant over genes (no change) scores 0, chance, by definition.
    """
    return _pearson(true(truth), predicted(truth, answer))


@_correlation(
    formula="Spearman correlation over genes of predicted and true shift from control, ties at "
    "mid-rank",
    chance=0.0,
    used_by="PEREGGRN `spearman`",
    reference="kernfeld2025",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def spearman_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Rank correlation of shifts: many small shifts count as much as few large ones.

    A constant predicted shift scores 0, chance, by definition.
    """
    return _spearman(true(truth), predicted(truth, answer))


@_correlation(
    formula="cosine of the angle between predicted and true shift from control",
    chance=0.0,
    used_by="PerturBench `cosine` of log fold changes",
    reference="wu2024perturbench",
    fails={"quarter", "fourfold"},
)
@in_blocks
def cosine_delta(truth: Truth, answer: Answer) -> np.ndarray:
    """Cosine of shifts; unlike a correlation it sees a shift of all genes together.

    A constant predicted shift scores 0, chance, by definition.
    """
    return _cosine(true(truth), predicted(truth, answer))


@_correlation(
    formula="Pearson correlation of predicted and true shift over the 20 genes with the largest "
    "|true shift|",
    chance=0.0,
    used_by="GEARS and scGPT `pearson_de_delta`, top 20 of a test against control",
    reference="roohani2024",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def pearson_delta_top20(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of shifts over the 20 genes that moved most.

    The genes are chosen by the truth: their shifts lie on both sides of zero, so the direction
    alone scores high. 0 where the prediction is constant over them.
    """
    return _selected(truth, answer, top(truth, 20), "control")


@_correlation(
    formula="Pearson correlation of predicted and true shift over the genes that differ from the "
    "controls in a test of held-out observations",
    chance=0.0,
    needs={"tests"},
    accepts_relative=False,
    used_by="scPertEval `pearson` on `degs`",
    reference="zhu2025",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def pearson_delta_degs(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of shifts over differential genes; NaN with fewer than two."""
    return _selected(truth, answer, differential(truth), "control")


@_correlation(
    formula="Pearson correlation over genes of predicted and true profile, both minus the mean "
    "profile of the training perturbations",
    chance=0.0,
    refers_to="perturbed",
    used_by="Systema `corr_all_allpert`; scPertEval `pearson` centred on all perturbed, there of "
    "the test truths",
    reference="vinastorne2025",
    is_standard=True,
    fails={"quarter", "offset", "edited_controls", "resampled_controls"},
)
@in_blocks
def pearson_delta_perturbed(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of shifts from the perturbed mean: what is specific to a perturbation.

    The training mean itself predicts no specific shift and scores 0, chance, by definition; so
    does a prediction of no change, which would otherwise be paid for the reference that truth and
    answer both subtract.
    """
    r = _pearson(true(truth, "perturbed"), predicted(truth, answer, "perturbed"))
    return _silent(r, truth, answer)


@_correlation(
    formula="Spearman correlation over genes of predicted and true profile, both minus the mean "
    "profile of the training perturbations, ties at mid-rank",
    chance=0.0,
    refers_to="perturbed",
    reference="vinastorne2025",
    fails={"quarter", "offset", "edited_controls", "resampled_controls"},
)
@in_blocks
def spearman_delta_perturbed(truth: Truth, answer: Answer) -> np.ndarray:
    """Rank correlation of shifts from the perturbed mean, which itself is at chance."""
    r = _spearman(true(truth, "perturbed"), predicted(truth, answer, "perturbed"))
    return _silent(r, truth, answer)


@_correlation(
    formula="Pearson correlation, over the 20 genes with the largest |true profile - mean profile "
    "of the training perturbations|, of predicted and true profile minus that mean",
    chance=0.0,
    refers_to="perturbed",
    used_by="Systema `corr_20de_allpert`, top 20 of a test against control",
    reference="vinastorne2025",
    fails={"offset"},
)
@in_blocks
def pearson_delta_perturbed_top20(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of shifts from the perturbed mean over the 20 genes that deviate most from it."""
    r = _selected(truth, answer, top(truth, 20, "perturbed"), "perturbed")
    return _silent(r, truth, answer)


@_correlation(
    formula="partial correlation over genes of predicted and true shift from control, given the "
    "mean shift of the training perturbations",
    chance=0.0,
    reference="vinastorne2025",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def pearson_delta_specific(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of what predicted and true shift hold beyond a multiple of the mean response.

    `pearson_delta_perturbed` subtracts the same noisy mean from both sides, which pays for any
    answer that lies on the other side of it (a mean that is shrunk, noise around the controls);
    this one does not. The training mean, any multiple of it and no change score 0.
    """
    direction = answer.reference - answer.control
    own, guess = true(truth), predicted(truth, answer)
    shared = np.where(truth.mask, direction - _mean_over(direction, truth.mask), 0.0)
    a, lost_a = without_direction(own.centred, shared)
    b, lost_b = without_direction(guess.centred, shared)
    size = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
    r = np.clip(np.einsum("ij,ij->i", a, b) / np.where(size > 0, size, np.nan), -1.0, 1.0)
    r = np.where(guess.is_unknown, np.nan, np.where(lost_b, 0.0, r))
    return np.where(lost_a, np.nan, _defined(r, own, guess.is_flat))


def _mean_over(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(n, 1) mean of values (g,) over the genes that count."""
    n_genes = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    mean: np.ndarray = np.where(mask, values, 0.0).sum(axis=1, keepdims=True) / n_genes
    return mean


def _pearson(own: Side, guess: Side) -> np.ndarray:
    """Correlate rows; a constant answer is at chance, a constant truth is undefined."""
    r = np.clip(np.einsum("ij,ij->i", own.unit, guess.centred) / _length(guess.centred), -1.0, 1.0)
    return _defined(r, own, guess.is_flat)


def _spearman(own: Side, guess: Side) -> np.ndarray:
    r = np.clip(np.einsum("ij,ij->i", own.rank_unit, guess.rank_unit), -1.0, 1.0)
    r = np.where(guess.is_unknown, np.nan, r)
    return _defined(r, own, guess.is_flat | (np.isnan(r) & ~guess.is_unknown))


def _cosine(own: Side, guess: Side) -> np.ndarray:
    dots = np.einsum("ij,ij->i", own.values, guess.values)
    size = np.sqrt(own.squares * guess.squares)
    r = np.clip(dots / np.where(size > 0, size, np.nan), -1.0, 1.0)
    return _defined(r, own, guess.is_flat)


def _defined(r: np.ndarray, own: Side, is_flat: np.ndarray) -> np.ndarray:
    r = np.where(is_flat, 0.0, r)
    return np.where(own.is_flat | own.is_unknown, np.nan, r)


def _length(centred: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.einsum("ij,ij->i", centred, centred))
    return np.where(length > 0, length, np.nan)


def _selected(truth: Truth, answer: Answer, genes: Selection, reference: Reference) -> np.ndarray:
    """Correlate over some genes; an answer that is constant over them is at chance."""
    own, guess = true(truth, reference), predicted(truth, answer, reference)
    a, b = genes.of(own.values), genes.of(guess.values)
    r = genes.correlation(a, b)
    r = np.where((genes.spread(b) <= FLAT * guess.size) & ~guess.is_unknown, 0.0, r)
    r = np.where(guess.is_flat, 0.0, r)
    return np.where(genes.spread(a) <= FLAT * own.size, np.nan, r)


def _silent(r: np.ndarray, truth: Truth, answer: Answer) -> np.ndarray:
    """Set answers of no change to chance where the score is defined."""
    return np.where(says_nothing(truth, answer) & ~np.isnan(r), 0.0, r)
