"""Interval metrics: whether what an answer says of its own error is true, and how much it says.

Bands are about the measured mean at full depth. Genes whose band is infinite are left out and
counted by `interval_infinite`: nothing is said about them, so nothing is right or wrong.
"""

from __future__ import annotations

import numpy as np

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Metric, Truth, metric
from foretell.metrics.mean_blind import CHANGES_OF_THE_MEAN

__all__ = [
    "coverage",
    "coverage_shortfall",
    "crps",
    "interval_infinite",
    "interval_score",
    "interval_width",
    "pit_error",
    "simultaneous_coverage",
]

GRID = 200  # levels at which the distribution of probability values is compared


@metric(
    formula="share of genes with a finite band whose measured mean lies inside of it; read it "
    "beside the nominal level, which an honest band has on average",
    higher_is_better=None,
    best=1.0,
    chance=None,
    needs={"interval"},
    refers_to="nothing",
    whole=True,
    reference="gneiting2007",
)
def coverage(truth: Truth, answer: Answer) -> np.ndarray:
    """Coverage of each condition; the mean over conditions is what a band claims.

    More is not better: endless bands cover everything. NaN where no counted gene has a finite
    band.
    """
    inside, counted = _inside(truth, answer)
    return _mean(inside, counted)


def _of_third(name: str, third: int) -> Metric:
    """Declare coverage among the genes of one third of the mean expression of controls."""

    @metric(
        name=f"coverage[{name}]",
        formula=f"coverage among the third of genes with {name.replace('_', ' ')} in the controls",
        higher_is_better=None,
        best=1.0,
        chance=None,
        needs={"interval"},
        refers_to="control",
        whole=True,
        accepts_relative=False,
        reference="gneiting2007",
    )
    def part(truth: Truth, answer: Answer) -> np.ndarray:
        """Coverage of some genes: bands that hold on average may fail the expressed ones."""
        inside, counted = _inside(truth, answer)
        return _mean(inside, counted & (_thirds(truth) == third))

    return part


coverage_low = _of_third("low_expression", 0)
coverage_middle = _of_third("middle_expression", 1)
coverage_high = _of_third("high_expression", 2)


def _thirds(truth: Truth) -> np.ndarray:
    """(g,) which third of the control expression a gene belongs to."""
    third = np.empty(len(truth.control), dtype=np.int64)
    order = np.argsort(truth.control, kind="stable")
    third[order] = np.arange(len(order)) * 3 // max(len(order), 1)
    return third


@metric(
    formula="max(0, nominal coverage - share of genes inside of their band)",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"interval"},
    refers_to="nothing",
    whole=True,
    reference="gneiting2007",
)
def coverage_shortfall(truth: Truth, answer: Answer) -> np.ndarray:
    """How far each condition stays below the nominal level: 0 for all only if none is let down.

    Bands that hold on average still fall short in some conditions; too wide ones never do, and
    pay in `interval_score`. NaN where no counted gene has a finite band.
    """
    inside, counted = _inside(truth, answer)
    return np.maximum(0.0, _level(answer) - _mean(inside, counted))


@metric(
    formula="1 where the measured means of all genes with a finite band lie inside, else 0",
    higher_is_better=None,
    best=1.0,
    chance=None,
    needs={"interval"},
    refers_to="nothing",
    whole=True,
    reference="gneiting2007",
)
def simultaneous_coverage(truth: Truth, answer: Answer) -> np.ndarray:
    """Whether a whole panel is covered; the mean is the share of conditions.

    Compare it with the nominal level for bands that are made for it (`simultaneous_bands`); bands
    gene by gene are near 0. NaN where no counted gene has a finite band.
    """
    inside, counted = _inside(truth, answer)
    everything = (inside | ~counted).all(axis=1).astype(float)
    return np.where(counted.any(axis=1), everything, np.nan)


@metric(
    formula="median over genes of upper - lower, among finite bands",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"interval"},
    refers_to="nothing",
    whole=True,
    reference="gneiting2007",
    fails=CHANGES_OF_THE_MEAN | {"nan_rows"},
)
def interval_width(truth: Truth, answer: Answer) -> np.ndarray:
    """Width of the bands, in units of X; narrower is better among those that cover.

    Infinite bands are not averaged: see `interval_infinite`. NaN where none is finite.
    """
    lower, upper = _bounds(answer)
    counted = truth.mask & np.isfinite(lower) & np.isfinite(upper)
    widths = _difference(upper, lower)
    pairs = zip(widths, counted, strict=True)
    return np.array([np.median(row[at]) if at.any() else np.nan for row, at in pairs])


@metric(
    formula="share of genes whose band is infinite",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"interval"},
    refers_to="nothing",
    whole=True,
    reference="gneiting2007",
    fails=CHANGES_OF_THE_MEAN,
)
def interval_infinite(truth: Truth, answer: Answer) -> np.ndarray:
    """How many genes an answer says nothing about; the other interval metrics leave them out."""
    lower, upper = _bounds(answer)
    return _mean(~(np.isfinite(lower) & np.isfinite(upper)), truth.mask)


@metric(
    formula="mean over genes of (u - l) + 2 / a max(0, l - y) + 2 / a max(0, y - u), "
    "a = 1 - nominal coverage, y the measured mean, among finite bands",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"interval"},
    refers_to="nothing",
    whole=True,
    reference="gneiting2007",
)
def interval_score(truth: Truth, answer: Answer) -> np.ndarray:
    """Winkler's score: width, plus a fine for what lies outside; in units of X.

    Proper: it is smallest, on average, for the true quantiles, so neither wide nor bold bands win.
    NaN where no counted gene has a finite band.
    """
    lower, upper = _bounds(answer)
    counted = truth.mask & np.isfinite(lower) & np.isfinite(upper)
    l_, u, y = (np.where(counted, part, 0.0) for part in (lower, upper, truth.mean))
    fine = np.maximum(0.0, l_ - y) + np.maximum(0.0, y - u)
    return _mean(u - l_ + 2.0 / (1.0 - _level(answer)) * fine, counted)


@metric(
    formula="mean over genes of sd (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)), z = (measured - "
    "predicted mean) / sd",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"sd"},
    refers_to="nothing",
    whole=True,
    reference="gneiting2007",
)
def crps(truth: Truth, answer: Answer) -> np.ndarray:
    """Continuous ranked probability score of a normal answer; units of X.

    The absolute error where sd is 0, so a point answer is scored as it is. Without `sd`, half the
    band over the normal quantile of its level. Genes of infinite sd are left out.
    """
    from scipy.special import ndtr

    sd = _sd(answer)
    counted = truth.mask & np.isfinite(sd)
    error = np.where(counted, truth.mean - answer.mean, 0.0)
    size = np.where(counted & (sd > 0), sd, 1.0)
    z = error / size
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    score = size * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi))
    return _mean(np.where(sd > 0, score, np.abs(error)), counted)


@metric(
    formula="mean over t in (0, 1) of |share of probability values Phi((measured - predicted) / "
    "sd) below t - t|, genes and conditions pooled, each condition one vote",
    higher_is_better=False,
    best=0.0,
    chance=None,
    level="dataset",
    best_is_expected=True,
    needs={"sd"},
    refers_to="nothing",
    whole=True,
    reference="dawid1984",
    fails={"quarter", "permuted", "duplicated", "copied_mean", "missing"},
)
def pit_error(truth: Truth, answer: Answer) -> np.ndarray:
    """How far probability values are from uniform: 0 calibrated, 0.25 all in the middle or out.

    Both too wide and too narrow answers are punished. A biased answer has up to 0.5. An answer of
    sd 0 stands at 0, 0.5 or 1. Per data set, because the errors of one condition's genes move
    together; values are jackknifed over conditions.
    """
    from scipy.special import ndtr

    sd = _sd(answer)
    counted = truth.mask & np.isfinite(sd)
    error = np.where(counted, truth.mean - answer.mean, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(sd > 0, error / np.where(sd > 0, sd, 1.0), np.sign(error) * np.inf)
    u = ndtr(np.where(error == 0, 0.0, z))
    t = (np.arange(GRID) + 0.5) / GRID
    known = np.flatnonzero(counted.any(axis=1))
    F = np.array([np.searchsorted(np.sort(u[i, counted[i]]), t, "right") for i in known], float)
    F = F.reshape(len(known), GRID) / np.maximum(counted[known].sum(axis=1), 1)[:, None]
    values = np.full(len(u), np.nan)
    values[known] = _jackknifed(F, t)
    return values


def _jackknifed(F: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(n,) what `jackknife_values` gives for mean |mean of F (n, k) over rows - t|, at once."""
    n = len(F)
    if n < 2:
        return np.full(n, np.nan)
    theta = float(np.abs(F.mean(axis=0) - t).mean())
    without = np.abs((F.sum(axis=0) - F) / (n - 1) - t).mean(axis=1)
    values: np.ndarray = theta + (n - 1) * (without.mean() - without)
    return values


def _bounds(answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    if answer.lower is None or answer.upper is None:
        raise ForetellError("the answer has no interval", "wrap the model in split_conformal")
    return answer.lower, answer.upper


def _level(answer: Answer) -> float:
    if answer.coverage is None:
        raise ForetellError("the interval has no nominal coverage", "give it with the bounds")
    return answer.coverage


def _inside(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """(n, g) True where the measured mean is inside, and where the gene counts."""
    lower, upper = _bounds(answer)
    counted = truth.mask & np.isfinite(lower) & np.isfinite(upper)
    return (lower <= truth.mean) & (truth.mean <= upper), counted


def _sd(answer: Answer) -> np.ndarray:
    """(n, g) predictive standard deviation, or the one of a normal with the same band."""
    if answer.sd is not None:
        return answer.sd
    from scipy.special import ndtri

    lower, upper = _bounds(answer)
    sd: np.ndarray = _difference(upper, lower) / (2.0 * float(ndtri((1.0 + _level(answer)) / 2.0)))
    return sd


def _difference(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return upper - lower, infinite where either end is."""
    finite = np.isfinite(upper) & np.isfinite(lower)
    return np.where(finite, np.where(finite, upper, 0.0) - np.where(finite, lower, 0.0), np.inf)


def _mean(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    n = counted.sum(axis=1)
    total = np.where(counted, values, 0.0).sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)
