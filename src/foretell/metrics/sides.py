"""Sides: what many metrics compute from one truth or one answer, computed once.

Truths and answers are remembered by identity, so that all metrics of one half share their sorting
and centring, and all halves what is made of the same answer. Where the arrays are large, nothing is
shared: conditions are scored in blocks, and memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Literal, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, ScoreFunction, Truth
from foretell.metrics.remembered import remembered
from foretell.stats.differences import differences
from foretell.stats.jackknife import jackknife_values
from foretell.stats.once import once
from foretell.stats.selection import Selection, select
from foretell.stats.sorted_rows import SortedRows, sort_rows

__all__ = [
    "Reference",
    "Side",
    "counted",
    "differential",
    "given",
    "in_blocks",
    "predicted",
    "says_nothing",
    "spread_out",
    "top",
    "true",
]

Reference = Literal["control", "perturbed", "nothing"]
T = TypeVar("T")
V = TypeVar("V", Truth, Answer)

FLAT = 1e-10  # a spread below this part of the size of the profiles is rounding
STEP = 33  # bits of the size that count in an order: steps of 1e-10 of it
SHARED_VALUES = 2**22  # values per array up to which work is shared between metrics (32 MB)
OF_TRUTH = ("mean", "mask", "n_obs", "variance", "detected", "own", "parts", "part_shifts")
OF_ANSWER = ("mean", "own", "variance", "detected", "lower", "upper", "sd", "calls", "confidence")
OF_TESTS = ("statistic", "p", "q", "lfc")

_predicted: WeakKeyDictionary[Answer, dict[str, Side]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Side:
    """Profiles (n, g) of one side, minus what they refer to.

    Parameters
    ----------
    values : (n, g); 0 where the mask is False.
    mask : (n, g) True for the genes that count.
    n_genes : (n,) how many.
    size : (n,) magnitude of the numbers that `values` are differences of.
    extremes : (n,) each: smallest and largest value that counts, and whether all are finite; or
        None where they have not been looked at.
    """

    values: np.ndarray
    mask: np.ndarray
    n_genes: np.ndarray
    size: np.ndarray
    extremes: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    @once
    def everything(self) -> bool:
        """Whether every gene counts in every condition."""
        return bool((self.n_genes == self.mask.shape[1]).all())

    @once
    def is_flat(self) -> np.ndarray:
        """(n,) True where the values are constant to rounding."""
        if self.extremes is not None:
            low, high, _ = self.extremes
        elif self.everything:
            high = self.values.max(axis=1, initial=-np.inf)
            low = self.values.min(axis=1, initial=np.inf)
        else:
            high = np.where(self.mask, self.values, -np.inf).max(axis=1, initial=-np.inf)
            low = np.where(self.mask, self.values, np.inf).min(axis=1, initial=np.inf)
        with np.errstate(invalid="ignore"):
            flat: np.ndarray = ~(high - low > FLAT * self.size) & ~self.is_unknown
        return flat

    @once
    def is_unknown(self) -> np.ndarray:
        """(n,) True where a counted value is not a finite number, or none counts."""
        if self.extremes is not None:
            return np.asarray(~self.extremes[2] | (self.n_genes == 0))
        with np.errstate(invalid="ignore"):
            return np.asarray(~np.isfinite(self.values.sum(axis=1)) | (self.n_genes == 0))

    @once
    def squares(self) -> np.ndarray:
        """(n,) sum of squares."""
        return np.asarray(np.einsum("ij,ij->i", self.values, self.values))

    @once
    def centred(self) -> np.ndarray:
        """(n, g) values minus their mean over the genes that count; 0 where none does."""
        mean = self.values.sum(axis=1) / np.maximum(self.n_genes, 1)
        centred: np.ndarray = self.values - mean[:, None]
        if not self.everything:
            centred *= self.mask
        return centred

    @once
    def unit(self) -> np.ndarray:
        """(n, g) centred values of length 1; NaN where they are constant."""
        return _scaled(self.centred)

    @once
    def sizes(self) -> Side:
        """Absolute values; all equal where the values are constant to rounding."""
        size = np.abs(self.values)
        if self.is_flat.any():
            size[self.is_flat] = 0.0
        return Side(size, self.mask, self.n_genes, self.size)

    @once
    def sorted(self) -> SortedRows:
        """Values from the largest to the smallest."""
        return sort_rows(self.stepped(self.values), None if self.everything else self.mask)

    def stepped(self, values: np.ndarray, row: np.ndarray | None = None) -> np.ndarray:
        """Round values (n, g), or (m,) of rows, so that what is equal to rounding ties exactly.

        To steps of about 1e-10 of the size of the profiles whose differences they are.
        """
        large = 2.0 ** (np.ceil(np.log2(np.maximum(self.size, 1e-300))) + 52 - STEP)
        large = large[:, None] if row is None else large[row]
        stepped: np.ndarray = (values + large) - large
        return stepped

    @once
    def rank_unit(self) -> np.ndarray:
        """(n, g) centred mid-ranks of length 1; NaN where all tie."""
        ranks = self.sorted.mid
        centred: np.ndarray = 0.5 * (self.n_genes[:, None] + 1.0) - ranks  # the largest is highest
        if not self.everything:
            centred *= self.mask
        return _scaled(centred)

    @once
    def signs(self) -> np.ndarray:
        """(n, g) -1, 0 or 1 as int8; 0 to rounding is 0."""
        tolerance = (FLAT * self.size)[:, None]
        up, down = self.values > tolerance, self.values < -tolerance
        return up.view(np.int8) - down.view(np.int8)


def _scaled(centred: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.einsum("ij,ij->i", centred, centred))
    scaled: np.ndarray = centred * (1.0 / np.where(length > 0, length, np.nan))[:, None]
    return scaled


def true(truth: Truth, reference: Reference = "control") -> Side:
    """Return the true profiles minus their reference."""
    return _true(truth, reference)


@remembered
def _true(truth: Truth, reference: Reference) -> Side:
    return _side(truth.mean, _minus(truth, reference), truth.mask)


def predicted(truth: Truth, answer: Answer, reference: Reference = "control") -> Side:
    """Return the predicted profiles minus their reference, over the genes of the truth.

    All truths in which the same genes count share it: the halves of a truth, most of the time.
    """
    known = _predicted.setdefault(answer, {})
    side = known.get(reference)
    if side is None or not _equal(side.mask, truth.mask):
        side = known[reference] = _side(answer.mean, _minus(answer, reference), truth.mask)
    return side


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    return a is b or np.array_equal(a, b)


def _minus(side: Truth | Answer, reference: Reference) -> np.ndarray | None:
    if reference == "nothing":
        return None
    return side.control if reference == "control" else side.reference


def _side(mean: np.ndarray, minus: np.ndarray | None, mask: np.ndarray) -> Side:
    values, n_genes, low, high, is_finite = differences(mean, minus, mask)
    with np.errstate(invalid="ignore"):
        largest = np.where(is_finite, np.maximum(np.maximum(high, -low), 0.0), np.nan)
    size = np.maximum(largest, 0.0 if minus is None else np.abs(minus).max(initial=0.0))
    return Side(values, mask, n_genes, size, (low, high, is_finite))


@remembered
def top(truth: Truth, k: int, reference: Reference = "control") -> Selection:
    """Select the k genes with the largest |true shift| of each condition."""
    return _by_size(truth, reference).top(k)


@remembered
def _by_size(truth: Truth, reference: Reference) -> SortedRows:
    return true(truth, reference).sizes.sorted


@remembered
def differential(truth: Truth) -> Selection:
    """Select the genes that count and differ from the controls."""
    return select(given(truth.tests, "tests").called & truth.mask)


def counted(truth: Truth) -> np.ndarray:
    """(n,) genes that count."""
    return true(truth).n_genes


def given(value: T | None, need: str) -> T:
    """Return what a metric needs, or say that it is missing."""
    if value is None:
        raise ForetellError(
            f"the metric needs '{need}', which this truth or answer lacks",
            "see `needs` on the metric's card: foretell metrics show NAME",
        )
    return value


def in_blocks(score: ScoreFunction) -> ScoreFunction:
    """Let a score per condition take large inputs block by block, so that memory is bounded."""

    @wraps(score)
    def blocked(truth: Truth, answer: Answer) -> np.ndarray:
        n, g = truth.mean.shape
        if n * g <= SHARED_VALUES:
            return score(truth, answer)
        step = max(1, SHARED_VALUES // g)
        parts = [slice(start, start + step) for start in range(0, n, step)]
        return np.concatenate(
            [score(_rows(truth, at, OF_TRUTH), _rows(answer, at, OF_ANSWER)) for at in parts]
        )

    return blocked


@in_blocks
def says_nothing(truth: Truth, answer: Answer) -> np.ndarray:
    """(n,) True where the predicted shift is constant: such an answer scores chance."""
    return predicted(truth, answer).is_flat


def _rows(side: V, at: slice, names: tuple[str, ...]) -> V:
    """Return some conditions; pools are kept."""
    found = {name: getattr(side, name) for name in names}
    changed = {name: value[at] for name, value in found.items() if value is not None}
    if side.tests is not None:
        arrays = {name: getattr(side.tests, name)[at] for name in OF_TESTS}
        changed["tests"] = replace(side.tests, **arrays)
    return replace(side, **changed, cells=None, panel=None)


def spread_out(theta: float, without: np.ndarray) -> np.ndarray:
    """Return jackknife values (n,) of a statistic whose leave-one-out values (n,) are known."""
    n = len(without)
    whole = n * (n - 1) // 2
    read: Callable[[np.ndarray], float] = lambda at: (  # noqa: E731
        theta if len(at) == n else float(without[whole - int(at.sum())])
    )
    return jackknife_values(read, n)
