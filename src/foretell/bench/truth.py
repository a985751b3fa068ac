"""Truth: held-out means of every condition, in full and over random halves, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from foretell.bench.halves import half_rows
from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.moments import GroupMoments
from foretell.core.split import Split

__all__ = ["ControlMoments", "HeldOut", "Moments", "hold_out_truth"]


class Moments(NamedTuple):
    """Moments of some conditions, over all or some of their held-out observations.

    Parameters
    ----------
    mean : (k, g); NaN where nothing was measured.
    variance : (k, g) unbiased; NaN on a relative scale.
    detected : (k, g) share of observations that are not 0; NaN on a relative scale.
    n : (k,) observations.
    """

    mean: np.ndarray
    variance: np.ndarray
    detected: np.ndarray
    n: np.ndarray


@dataclass(frozen=True, eq=False)
class ControlMoments:
    """Moments of one half of the controls of a context; 0 observations on a relative scale."""

    mean: np.ndarray
    variance: np.ndarray
    n: int


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out observations of conditions, summed up.

    Parameters
    ----------
    conditions : m conditions that compete in one repeat.
    whole : over all held-out observations.
    parts : per half, over the observations that scores are taken against.
    codes : (n_obs,) condition of each held-out observation of the data set, -1 = not held out.
    first : per half, (n_obs,) True for the observations that scores are taken against.
    controls : per context, the ``truth`` and the ``model`` half.
    """

    conditions: tuple[Condition, ...]
    whole: GroupMoments
    parts: tuple[GroupMoments, ...]
    codes: np.ndarray
    first: tuple[np.ndarray, ...]
    controls: dict[Context, tuple[ControlMoments, ControlMoments]]

    @property
    def n_halves(self) -> int:
        """Number of random halves."""
        return len(self.parts)

    @cached_property
    def n(self) -> np.ndarray:
        """(m,) held-out observations."""
        return self.whole.n

    @cached_property
    def mean(self) -> np.ndarray:
        """(m, g) mean over all held-out observations."""
        return self.whole.mean

    @cached_property
    def half_n(self) -> np.ndarray:
        """(h, m) observations that scores are taken against."""
        return np.array([part.n for part in self.parts])

    def moments(self, half: int | None, rows: np.ndarray) -> Moments:
        """Return moments of some conditions, over one half or (None) over all observations."""
        sums = self.whole if half is None else self.parts[half]
        return _moments(sums, rows)

    def means(self, half: int | None, rows: np.ndarray) -> np.ndarray:
        """Return means alone, over one half or (None) over all observations."""
        sums = self.whole if half is None else self.parts[half]
        return sums.mean_of(rows)

    def has_other(self, half: int, rows: np.ndarray) -> np.ndarray:
        """Return (k, g) True where the other half measured a gene."""
        left = self.whole.measured_of(rows) - self.parts[half].measured_of(rows)
        return np.asarray(left > 0)

    def other(self, half: int, rows: np.ndarray) -> Moments:
        """Return moments of the other half, the technical duplicate; NaN where it is empty."""
        return _rest(self.whole, self.parts[half], rows)


def hold_out_truth(
    dataset: Dataset, split: Split, conditions: Sequence[Condition], *, halves: int, seed: int
) -> HeldOut:
    """Stream the observations of `conditions` once and sum them up, in full and by halves.

    A condition with one observation cannot be halved: every half is the observation itself, and
    its duplicate is NaN. Memory: O(halves * conditions * genes).
    """
    conditions = tuple(conditions)
    codes, m = _codes(dataset, split, conditions), len(conditions)
    first = half_rows(dataset, conditions, codes, halves, split.repeat, seed)
    relative = dataset.scale.is_relative  # has no control to test against: no variances
    whole, *parts = [
        GroupMoments(m, len(dataset.genes), squares=not relative, nan_aware=relative)
        for _ in range(halves + 1)
    ]
    for X, where in dataset.blocks():
        here = codes[where]
        if (here < 0).all():
            continue
        whole.add(X, here)
        for half, moments in zip(first, parts, strict=True):
            moments.add(X, np.where(half[where], here, -1))
    controls = _controls(dataset, split, conditions)
    return HeldOut(conditions, whole, tuple(parts), codes, tuple(first), controls)


def _codes(dataset: Dataset, split: Split, conditions: tuple[Condition, ...]) -> np.ndarray:
    """(n_obs,) position of the condition of each held-out observation, -1 = not held out."""
    position = {condition: i for i, condition in enumerate(conditions)}
    code = np.array([position.get(c, -1) for c in dataset.conditions], dtype=np.int64)
    codes: np.ndarray = code[dataset.codes]
    if split.held_rows is not None:
        codes = np.where(np.isin(dataset.rows, split.held_rows), codes, -1)
    return codes


def _moments(sums: GroupMoments, rows: np.ndarray) -> Moments:
    mean, n = sums.mean_of(rows), sums.n[rows]
    if not sums.squares:
        nothing = np.broadcast_to(np.nan, mean.shape)
        return Moments(mean, nothing, nothing, n)
    with np.errstate(invalid="ignore"):
        detected = sums.nonzero_of(rows) / n[:, None]
    return Moments(mean, sums.variance_of(rows), detected, n)


def _rest(whole: GroupMoments, part: GroupMoments, rows: np.ndarray) -> Moments:
    """Return moments of the observations outside a part, by subtraction.

    With k and r observations in the part and the rest, M2 of the rest is M2 of the whole less M2
    of the part less (k r / (k + r)) (difference of their means)^2.
    """
    left = whole.measured_of(rows) - part.measured_of(rows)
    r = whole.n[rows] - part.n[rows]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(left > 0, (whole.sums_of(rows) - part.sums_of(rows)) / left, np.nan)
        if not whole.squares:
            nothing = np.broadcast_to(np.nan, mean.shape)
            return Moments(mean, nothing, nothing, r)
        n, k = whole.n[rows][:, None], part.n[rows][:, None]
        M2 = whole.variance_of(rows) * (n - 1) - np.nan_to_num(part.variance_of(rows)) * (k - 1)
        apart = (mean - part.mean_of(rows)) ** 2 * (k * (n - k) / n)
        variance = np.where(r[:, None] >= 2, np.maximum(M2 - apart, 0.0) / (r[:, None] - 1), np.nan)
        detected = (whole.nonzero_of(rows) - part.nonzero_of(rows)) / r[:, None]
    return Moments(mean, variance, detected, r)


def _controls(
    dataset: Dataset, split: Split, conditions: tuple[Condition, ...]
) -> dict[Context, tuple[ControlMoments, ControlMoments]]:
    contexts = sorted({c.context for c in conditions}, key=str)
    truth, model = (_control_side(dataset, split, contexts, side) for side in ("truth", "model"))
    return {context: (truth[i], model[i]) for i, context in enumerate(contexts)}


def _control_side(
    dataset: Dataset, split: Split, contexts: Sequence[Context], side: str
) -> list[ControlMoments]:
    g = len(dataset.genes)
    if dataset.scale.is_relative:
        return [ControlMoments(np.zeros(g), np.full(g, np.nan), 0) for _ in contexts]
    codes = np.full(dataset.n_obs, -1)
    for i, context in enumerate(contexts):
        codes[np.isin(dataset.rows, split.control_half(context, side))] = i
    moments = dataset.moments(codes, len(contexts))
    variance = moments.variance
    return [
        ControlMoments(moments.mean[i], variance[i], int(moments.n[i]))
        for i in range(len(contexts))
    ]
