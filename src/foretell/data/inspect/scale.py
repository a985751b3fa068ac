"""Scale: what the numbers of a matrix are; the values decide, texts only break ties."""

from __future__ import annotations

import re

import numpy as np

from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.sample import Sample

__all__ = ["guess_scale"]

BASES = {"e": np.e, "2": 2.0, "10": 10.0}
LARGEST_LOG = 20.0
FEW_ROWS = 60  # rows that single-row checks look at
CONSTANT = 0.005  # relative spread below which row sums are one number
WORDS = (
    ("z", re.compile(r"z-?scores?|standardi[sz]ed|zscore", re.I)),
    ("rank", re.compile(r"\branks?\b|rank score", re.I)),
    ("log_ratio", re.compile(r"fold.?change|log\w*[ -]?ratio|\blog_?2?fc\b|lfc|shift", re.I)),
    ("sign", re.compile(r"\bsigns?\b|ternary|direction", re.I)),
    ("intensity", re.compile(r"intensit|microarray|fluoresc|rma\b|activity", re.I)),
    ("counts", re.compile(r"\bcounts\b|umi", re.I)),
    ("log1p", re.compile(r"log1p|log-?norm|logcounts|log\w*\(.*\+ ?1\)", re.I)),
)


def guess_scale(sample: Sample, text: str = "", *, name: str = "X") -> Guess:
    """Judge a sample of rows.

    Parameters
    ----------
    text : what ``uns`` says of the values; it is compared with them and never believed.
    name : of the matrix, for the evidence.
    """
    facts = (f"{name}: {sample.summary()}",)
    if not len(sample.values):
        return Guess("scale", "counts", UNCLEAR, (*facts, "the sampled rows hold only zeros"))
    found = _relative(sample, text) if _is_relative(sample) else _absolute(sample)
    guess = Guess("scale", found.value, found.confidence, (*facts, *found.evidence))
    return _with_text(guess, text)


def _with_text(guess: Guess, text: str) -> Guess:
    """Say whether the words of the file agree with its values."""
    said = [scale for scale, words in WORDS if words.search(text)]
    shown = text if len(text) < 90 else text[:87] + "..."
    if not said:
        return guess
    if str(guess.value).partition("_base")[0] in said:
        confidence = SURE if guess.confidence == SURE else LIKELY
        return Guess(guess.what, guess.value, confidence, (*guess.evidence, f"uns says '{shown}'"))
    return guess.but(LIKELY, f"uns says '{shown}', which the values do not show")


# --- relative: differences from a control --------------------------------------------------------


def _is_relative(sample: Sample) -> bool:
    return sample.smallest < 0 or _is_rank_list(sample)


def _relative(sample: Sample, text: str) -> Guess:
    values = sample.values
    if sample.whole_numbers == 1 and np.abs(values).max() == 1:
        return Guess("scale", "sign", SURE, ("only -1, 0 and 1",))
    if _is_rank_list(sample):
        return Guess(
            "scale", "rank", SURE, ("every row is one evenly spaced list: truncated ranks",)
        )
    if _is_rank(sample):
        return Guess("scale", "rank", SURE, ("every row fills [-1, 1] evenly: ranks",))
    said = [s for s, words in WORDS if s in ("z", "log_ratio") and words.search(text)]
    bound = float(np.abs(values).max())
    clipped = bound in (5.0, 10.0) and sample.zeros < 0.5
    if clipped:
        return Guess("scale", "z", LIKELY, (f"negative values, clipped at {bound:g}: z-scores",))
    unit = _unit_spread(sample)
    if unit and (said != ["log_ratio"]):
        return Guess("scale", "z", LIKELY, ("every gene has mean 0 and spread 1: z-scores",))
    if len(said) == 1:
        return Guess("scale", said[0], LIKELY, ("negative values: a difference from control",))
    evidence = "negative values, which no expression has: a difference (log ratio or z-score)"
    return Guess("scale", "log_ratio", LIKELY if not said else UNCLEAR, (evidence,))


def _is_rank(sample: Sample) -> bool:
    """Rows of distinct values that reach both -1 and 1, and lie evenly between in most rows."""
    if sample.largest > 1 or sample.smallest < -1:
        return False
    reach, uneven = [], []
    for i in range(0, sample.shape[0], max(1, sample.shape[0] // FEW_ROWS)):
        row = np.sort(sample.row(i))
        if len(row) < 10:
            return False
        distinct = len(np.unique(row)) > 0.9 * len(row)
        reach.append(distinct and row[-1] > 0.98 and row[0] < -0.98)
        uneven.append(np.abs(row - np.linspace(row[0], row[-1], len(row))).max())
    return bool(reach) and float(np.mean(reach)) > 0.9 and float(np.median(uneven)) < 0.3


def _is_rank_list(sample: Sample) -> bool:
    """Rows of evenly spaced, distinct values up to 1: ``1, 0.999, 0.998, ...``."""
    if sample.smallest < 0 or sample.largest > 1 or sample.whole_numbers > 0.5:
        return False
    checked = 0
    for i in range(0, sample.shape[0], max(1, sample.shape[0] // FEW_ROWS)):
        row = np.sort(sample.row(i))
        if len(row) < 20:
            continue
        steps = np.diff(row)
        if row[-1] < 0.999 or steps.min() <= 0 or steps.max() > 1.5 * np.median(steps):
            return False
        checked += 1
    return checked > 0


def _unit_spread(sample: Sample) -> bool:
    """Genes with mean 0 and standard deviation 1 over the sampled rows."""
    if sample.shape[0] < 50 or sample.zeros > 0.05:
        return False
    block = np.asarray(sample.block.toarray() if sample.is_sparse else sample.block, dtype=float)
    block = block[:, ~np.isnan(block).all(axis=0)]
    if not block.shape[1]:
        return False
    spread, mean = np.nanstd(block, axis=0), np.nanmean(block, axis=0)
    return bool(0.7 < np.median(spread) < 1.4 and abs(np.median(mean)) < 0.2)


# --- absolute: amounts ---------------------------------------------------------------------------


def _absolute(sample: Sample) -> Guess:
    if sample.whole_numbers == 1:
        return _whole(sample)
    constant = _constant(sample.row_sums)
    if constant is not None:
        return Guess("scale", "normalized", SURE, (f"every row sums to {constant:.6g}",))
    if sample.largest <= LARGEST_LOG:
        log = _log(sample)
        if log is not None:
            return log
    if sample.largest > 1 and _multiples(sample, lambda x: x) > 0.8:
        evidence = "every row holds whole multiples of one number: counts over a library size"
        return Guess("scale", "normalized", SURE, (evidence,))
    return _continuous(sample)


def _whole(sample: Sample) -> Guess:
    if sample.largest <= 1:
        evidence = "only 0 and 1: a list or a mask, hardly expression"
        return Guess("scale", "counts", UNCLEAR, (evidence,))
    median = np.median(sample.row_sums)
    return Guess("scale", "counts", SURE, (f"only whole numbers; rows sum to about {median:.0f}",))


def _log(sample: Sample) -> Guess | None:
    """Look for the base whose inverse gives rows of one sum, or whole multiples of one number."""
    for base, number in BASES.items():

        def inverse(x: np.ndarray, number: float = number) -> np.ndarray:
            return np.expm1(x * np.log(number))

        total = _constant(sample.mapped_sums(inverse))
        if total is not None and total > 10:
            evidence = f"{_inverse_name(base)} of every row sums to {total:.6g}"
            return Guess("scale", _log_name(base), SURE, (evidence,))
    shares = {
        base: _multiples(sample, lambda x, b=number: np.expm1(x * np.log(b)))
        for base, number in BASES.items()
    }
    base = max(shares, key=lambda b: shares[b])
    if shares[base] > 0.8:
        evidence = (
            f"{_inverse_name(base)} gives whole multiples of one number in "
            f"{shares[base]:.0%} of the rows: log of normalised counts"
        )
        return Guess("scale", _log_name(base), SURE, (evidence,))
    return None


def _log_name(base: str) -> str:
    return "log1p" if base == "e" else f"log1p_base{base}"


def _inverse_name(base: str) -> str:
    return "expm1" if base == "e" else f"{base}^x - 1"


def _continuous(sample: Sample) -> Guess:
    """Neither whole numbers nor anything that can be traced back to them."""
    if sample.largest <= 1:
        evidence = "between 0 and 1, and no counts: an activity, a share or a simulated amount"
        return Guess("scale", "intensity", LIKELY, (evidence,))
    if sample.largest > LARGEST_LOG and sample.zeros > 0.2:
        evidence = (
            f"no whole numbers, yet {sample.zeros:.0%} zeros, and too large for a logarithm: "
            "corrected counts, or a part of normalised ones"
        )
        return Guess("scale", "normalized", UNCLEAR, (evidence,))
    if sample.largest > LARGEST_LOG:
        evidence = "no whole numbers, and too large for a logarithm: intensities"
        return Guess("scale", "intensity", LIKELY, (evidence,))
    if sample.zeros > 0.2:
        evidence = (
            f"not above {LARGEST_LOG:g} with {sample.zeros:.0%} zeros: a logarithm that keeps "
            "zeros; its base and target sum cannot be seen"
        )
        return Guess("scale", "log1p", LIKELY, (evidence,))
    if sample.smallest > 1:
        evidence = "no zeros, and not above 20: log intensities of an array"
        return Guess("scale", "intensity", LIKELY, (evidence,))
    evidence = "continuous, hardly any zeros, not above 20: a logarithm, or an intensity"
    return Guess("scale", "intensity", UNCLEAR, (evidence,))


def _constant(sums: np.ndarray) -> float | None:
    """Return the number that all rows sum to, or None."""
    sums = sums[np.isfinite(sums) & (sums > 0)]
    if len(sums) < 3:
        return None
    middle = float(np.median(sums))
    low, high = np.quantile(sums, (0.02, 0.98))
    return middle if high - low <= CONSTANT * middle else None


def _multiples(sample: Sample, inverse: object) -> float:
    """Share of rows whose values, put back, are whole multiples of the smallest (or its half)."""
    good = checked = 0
    for i in range(0, sample.shape[0], max(1, sample.shape[0] // FEW_ROWS)):
        row = inverse(sample.row(i))  # type: ignore[operator]
        row = row[row > 0]
        ratio = row / row.min() if len(row) else row
        if len(row) < 4 or len(np.unique(np.round(ratio, 3))) < 2:
            continue
        checked += 1
        good += any(_is_whole(ratio * k) for k in (1, 2, 3))
    return good / checked if checked >= 3 else 0.0


def _is_whole(ratio: np.ndarray) -> bool:
    near = ratio[ratio < 200]
    return len(near) >= 4 and bool(
        (np.abs(near - np.rint(near)) < 1e-3 * near + 1e-4).mean() > 0.95
    )
