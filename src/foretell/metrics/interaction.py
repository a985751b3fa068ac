"""Interaction: what a combination does beyond the sum of its parts."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import given, in_blocks, predicted, true
from foretell.stats.correlation import without_direction

__all__ = ["CLASSES", "gi_class_accuracy", "interaction_correlation", "interaction_error"]

CLASSES = ("additive", "synergy", "suppression", "neomorphic", "redundant", "epistatic")
POOR_FIT = 0.5  # correlation of the fitted and the measured combination: neomorphic below
ALIKE = 0.8  # smallest correlation among both parts and the combination: redundant above
DOMINANT = 0.5  # |log10 of the ratio of coefficients|: epistatic above (a factor of 3)
FAR = 1.25  # length of the coefficients over that of (1, 1): synergy above, suppression below 1/FAR


@metric(
    formula="root mean square over genes of (predicted - true interaction) over that of the true "
    "interaction, an interaction being a shift minus the sum of the measured shifts of the parts",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"parts"},
    used_by="GEARS and Norman et al. 2019 compare interactions as coefficients of the parts",
    reference="norman2019",
)
@in_blocks
def interaction_error(truth: Truth, answer: Answer) -> np.ndarray:
    """Error of the predicted interaction; the additive expectation scores 1 exactly.

    The difference of interactions is the difference of shifts; what is new is the unit. Below 1 =
    something is known beyond the sum of the parts. NaN where a condition is no combination, or a
    part of it was not measured.
    """
    own, parts = true(truth), _parts(truth)
    error = predicted(truth, answer).values - own.values
    interaction = np.where(truth.mask, own.values - parts, 0.0)
    total = np.einsum("ij,ij->i", interaction, interaction)
    some = total > (1e-10 * own.size) ** 2 * np.maximum(own.n_genes, 1)
    ratio = np.einsum("ij,ij->i", error, error) / np.where(some, total, np.nan)
    return np.asarray(np.sqrt(ratio))


@metric(
    formula="partial correlation over genes of predicted and true shift, given the sum of the "
    "measured shifts of the parts",
    higher_is_better=True,
    best=1.0,
    chance=0.0,
    needs={"parts"},
    reference="norman2019",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def interaction_correlation(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of what predicted and true shift hold beyond a multiple of the additive sum.

    Correlating shifts minus the sum would pay for the noise of the parts, which both would
    subtract; the partial correlation does not. The additive expectation, any multiple of it and no
    change score 0. NaN as in `interaction_error`.
    """
    parts = _parts(truth)
    known = np.isfinite(parts.sum(axis=1))
    own, guess = true(truth), predicted(truth, answer)
    direction = _centred(np.where(known[:, None], parts, 0.0), truth.mask)
    a, lost_a = without_direction(own.centred, direction)
    b, lost_b = without_direction(guess.centred, direction)
    size = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
    r = np.einsum("ij,ij->i", a, b) / np.where(size > 0, size, np.nan)
    r = np.where(lost_b | guess.is_flat, 0.0, np.clip(r, -1.0, 1.0))
    undefined = ~known | lost_a | own.is_flat | own.is_unknown | guess.is_unknown
    return np.where(undefined, np.nan, r)


@metric(
    formula="1 where predicted and true combination fall into the same class of genetic "
    f"interaction ({', '.join(CLASSES)}), else 0",
    higher_is_better=True,
    best=1.0,
    chance=None,
    needs={"parts"},
    used_by="GEARS, precision among the strongest of each class, coefficients by Theil-Sen and "
    "distance correlation; pertpy",
    reference="norman2019",
)
@in_blocks
def gi_class_accuracy(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of doubles whose class of genetic interaction is right.

    A double is regressed on its two measured parts, shift_ab = a shift_a + b shift_b, by least
    squares. In this order: *neomorphic* where fit and double correlate below 0.5; *redundant* where
    both parts and the double correlate above 0.8 and a + b lies below 1.5; *epistatic* where one
    coefficient is three times the other; *synergy* and *suppression* where sqrt((a^2 + b^2) / 2)
    lies above 1.25 or below 0.8; else *additive*. The thresholds are ours: Norman et al. rank pairs
    and draw none. There is no level of chance; the additive expectation is right where the truth
    is additive. NaN where a condition is no double of measured parts.
    """
    own, guess = true(truth), predicted(truth, answer)
    shifts, known, classes = _true_classes(truth)
    same = classes == _classes(guess.values, shifts)
    undefined = ~known | own.is_flat | guess.is_unknown
    return np.where(undefined, np.nan, same.astype(float))


@remembered
def _true_classes(truth: Truth) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, 2, g) shifts of the parts, (n,) whether they are known, (n,) class of the truth."""
    shifts = np.where(truth.mask[:, None], given(truth.part_shifts, "parts"), 0.0)
    known = np.isfinite(shifts.sum(axis=(1, 2))) & (true(truth).n_genes > 2)
    shifts = np.where(known[:, None, None], shifts, 0.0)
    return shifts, known, _classes(true(truth).values, shifts)


def _classes(double: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """(n,) position in `CLASSES` of doubles (n, g), given their parts (n, 2, g)."""
    gram = parts @ parts.transpose(0, 2, 1)
    product = (parts @ double[:, :, None])[:, :, 0]
    coefficients = np.einsum("nij,nj->ni", np.linalg.pinv(gram, hermitian=True), product)
    fit = (coefficients[:, None] @ parts)[:, 0]
    size = np.abs(coefficients)
    with np.errstate(divide="ignore", invalid="ignore"):
        dominance = np.abs(np.log10(size[:, 0] / size[:, 1]))
    length = np.sqrt((coefficients**2).sum(axis=1) / 2)
    alike = np.minimum(_cosines(parts[:, 0], parts[:, 1]), _cosines(parts[:, 0], double))
    alike = np.minimum(alike, _cosines(parts[:, 1], double))
    found = [
        _cosines(fit, double) < POOR_FIT,
        (alike > ALIKE) & (coefficients.sum(axis=1) < 1.5),
        np.nan_to_num(dominance, nan=0.0, posinf=np.inf) > DOMINANT,
        length > FAR,
        length < 1 / FAR,
    ]
    names = ("neomorphic", "redundant", "epistatic", "synergy", "suppression")
    return np.select(found, [CLASSES.index(name) for name in names], default=0)


def _cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n,) cosine of rows; 1 where one is 0, which fits anything."""
    size = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
    dots = np.einsum("ij,ij->i", a, b)
    return np.where(size > 0, dots / np.where(size > 0, size, 1), 1.0)


def _parts(truth: Truth) -> np.ndarray:
    """(n, g) sum of the parts; 0 where a gene does not count, NaN where it is not known."""
    return np.where(truth.mask, given(truth.parts, "parts"), 0.0)


def _centred(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    mean = values.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
    return np.where(mask, values - mean[:, None], 0.0)
