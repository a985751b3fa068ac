"""Truth: held-out means of every condition, in full and over random halves, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.halves import halve
from foretell.core.moments import GroupMoments
from foretell.core.seeds import rng_for
from foretell.core.split import Split

__all__ = ["HeldOut", "hold_out_truth"]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out observations of conditions, summed up.

    Parameters
    ----------
    conditions : m conditions that compete in one repeat.
    mean, variance : (m, g) over all held-out observations.
    n : (m,) observations.
    half_mean, half_variance : (h, m, g) over the half that scores are taken against; variances
        are NaN on a relative scale.
    half_n : (h, m).
    other_mean : (h, m, g) over the other half, the technical duplicate; NaN where it is empty.
    control_mean, control_variance : per context, (g,) over the ``truth`` half of the controls.
    control_n : per context.
    """

    conditions: tuple[Condition, ...]
    mean: np.ndarray
    variance: np.ndarray
    n: np.ndarray
    half_mean: np.ndarray
    half_variance: np.ndarray
    half_n: np.ndarray
    other_mean: np.ndarray
    control_mean: dict[Context, np.ndarray]
    control_variance: dict[Context, np.ndarray]
    control_n: dict[Context, int]

    @property
    def n_halves(self) -> int:
        """Number of random halves."""
        return len(self.half_mean)


def hold_out_truth(
    dataset: Dataset, split: Split, conditions: Sequence[Condition], *, halves: int, seed: int
) -> HeldOut:
    """Stream the observations of `conditions` once and sum them up, in full and by halves.

    A condition with one observation cannot be halved: every half is the observation itself, and
    its duplicate is NaN. Memory: O(halves * conditions * genes).
    """
    conditions = tuple(conditions)
    codes, m = _codes(dataset, split, conditions), len(conditions)
    n = np.bincount(codes[codes >= 0], minlength=m)
    first = _memberships(dataset, conditions, codes, halves, split.repeat, seed)
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
    control_mean, control_variance, control_n = _controls(dataset, split, conditions)
    half_n = np.array([moments.n for moments in parts]).reshape(halves, m)
    shape = (halves, m, len(dataset.genes))
    half_mean, other_mean = np.empty(shape), np.empty(shape)
    half_variance = np.broadcast_to(np.nan, shape) if relative else np.empty(shape)
    for i in reversed(range(halves)):
        moments = parts.pop()  # its sums are let go as soon as they are read
        half_mean[i], other_mean[i] = moments.mean, _other_mean(whole, moments)
        if not relative:
            half_variance[i] = moments.variance
    return HeldOut(
        conditions=conditions,
        mean=whole.mean,
        variance=np.broadcast_to(np.nan, shape[1:]) if relative else whole.variance,
        n=n,
        half_mean=half_mean,
        half_variance=half_variance,
        half_n=half_n,
        other_mean=other_mean,
        control_mean=control_mean,
        control_variance=control_variance,
        control_n=control_n,
    )


def _codes(dataset: Dataset, split: Split, conditions: tuple[Condition, ...]) -> np.ndarray:
    """(n_obs,) position of the condition of each held-out observation, -1 = not held out."""
    position = {condition: i for i, condition in enumerate(conditions)}
    code = np.array([position.get(c, -1) for c in dataset.conditions], dtype=np.int64)
    codes: np.ndarray = code[dataset.codes]
    if split.held_rows is not None:
        codes = np.where(np.isin(dataset.rows, split.held_rows), codes, -1)
    return codes


def _memberships(
    dataset: Dataset,
    conditions: tuple[Condition, ...],
    codes: np.ndarray,
    halves: int,
    repeat: int,
    seed: int,
) -> list[np.ndarray]:
    """Return, per half, True for the observations that scores are taken against."""
    first = [np.zeros(dataset.n_obs, dtype=bool) for _ in range(halves)]
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(conditions) + 1))
    for i, condition in enumerate(conditions):
        rows = order[bounds[i] : bounds[i + 1]]
        rng = rng_for(
            dataset=dataset.name, truth=condition, where=condition.context, repeat=repeat, seed=seed
        )
        for half in first:
            half[rows] = halve(dataset.block_codes[rows], rng) if len(rows) > 1 else True
    return first


def _other_mean(whole: GroupMoments, half: GroupMoments) -> np.ndarray:
    """(m, g) mean of the observations outside a half; NaN where none of them was measured."""
    left = whole.measured - half.measured
    return np.where(left > 0, (whole.sums - half.sums) / np.maximum(left, 1), np.nan)


def _controls(
    dataset: Dataset, split: Split, conditions: tuple[Condition, ...]
) -> tuple[dict[Context, np.ndarray], dict[Context, np.ndarray], dict[Context, int]]:
    contexts = sorted({c.context for c in conditions}, key=str)
    g = len(dataset.genes)
    mean, variance = np.zeros((len(contexts), g)), np.full((len(contexts), g), np.nan)
    n = np.zeros(len(contexts), dtype=np.int64)
    if not dataset.scale.is_relative:
        codes = np.full(dataset.n_obs, -1)
        for i, context in enumerate(contexts):
            codes[np.isin(dataset.rows, split.control_half(context, "truth"))] = i
        moments = dataset.moments(codes, len(contexts))
        mean, variance, n = moments.mean, moments.variance, moments.n
    return (
        dict(zip(contexts, mean, strict=True)),
        dict(zip(contexts, variance, strict=True)),
        {context: int(k) for context, k in zip(contexts, n, strict=True)},
    )
