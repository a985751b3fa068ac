"""Truth side of a score: what was measured under the conditions of one context, over halves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from foretell.bench.score_calls import quick_tests
from foretell.bench.score_halves import HalfMoments, codes_of, half_moments
from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.halves import halve
from foretell.core.mapping import ColumnMapping
from foretell.core.metric import Truth
from foretell.core.profiles import Profiles
from foretell.core.scale import Scale
from foretell.core.seeds import rng_for
from foretell.stats.once import once

__all__ = ["CROSSED", "ControlMoments", "Measured", "Policy", "measure"]

CROSSED = 4  # halves over which the controls are divided too
MIN_CONTROLS = 40  # cells, below which controls are not divided

Policy = Literal["mask", "as_predicted"]


@dataclass(frozen=True, eq=False)
class ControlMoments:
    """Control observations of one context: mean, variance and number; 0 of a relative scale."""

    mean: np.ndarray
    variance: np.ndarray
    n: int


@dataclass(frozen=True, eq=False)
class Measured:
    """Conditions of one context, ready to be scored against.

    Parameters
    ----------
    context : of all of them.
    conditions, labels : (m,) and how tables call them.
    genes, scale, mapping : of the real data.
    moments : of the conditions, in full and over halves.
    control : all controls, which a prediction made elsewhere may have seen.
    halves : per crossed half, the two halves of the controls; empty where there are too few.
    mask : (m, g) genes that count; `pool_mask` (g,) those that no condition targets.
    n_called : (m,) genes that differ from the controls in a test of all observations.
    train : (k, g) shifts of training conditions, or None.
    is_trained_here : whether these were measured in this context, against its controls.
    """

    context: Context
    conditions: tuple[Condition, ...]
    labels: tuple[str, ...]
    genes: np.ndarray
    scale: Scale
    mapping: ColumnMapping
    moments: HalfMoments
    control: ControlMoments
    halves: tuple[tuple[ControlMoments, ControlMoments], ...]
    mask: np.ndarray
    pool_mask: np.ndarray
    n_called: np.ndarray
    train: np.ndarray | None
    is_trained_here: bool = False

    @property
    def n_halves(self) -> int:
        """Number of random halves of the conditions."""
        return len(self.moments.half_mean)

    @once
    def floor(self) -> np.ndarray:
        """(g,) mean profile of the training conditions; the controls' where there are none."""
        if self.train is None:
            return self.control.mean
        count = np.isfinite(self.train).sum(axis=0)
        shift = np.nan_to_num(self.train).sum(axis=0) / np.maximum(count, 1)
        floor: np.ndarray = self.control.mean + shift
        return floor

    def divided_floor(self, half: int) -> np.ndarray:
        """(g,) floor whose shift refers to the second half of the controls.

        Profiles of training conditions of this context owe nothing to the controls. Shifts from
        elsewhere, and no change, are put on top of that half.
        """
        if self.is_trained_here:
            return self.floor
        base = self.halves[half][1].mean
        moved: np.ndarray = (
            base + (self.floor - self.control.mean) if self.train is not None else base
        )
        return moved

    @once
    def oracle(self) -> np.ndarray:
        """(m, g) mean of the other conditions' true profiles: no model can know it."""
        Y = np.nan_to_num(self.moments.mean)
        known = np.isfinite(self.moments.mean)
        total, count = Y.sum(axis=0) - Y, known.sum(axis=0) - known
        oracle: np.ndarray = np.where(count > 0, total / np.maximum(count, 1), self.control.mean)
        return oracle

    @property
    def inflation(self) -> np.ndarray:
        """(m,) sqrt(C / (C + K)), what a shared control of K cells gives to no information."""
        if not self.control.n:
            return np.full(len(self.conditions), np.nan)
        half = self.moments.half_n.mean(axis=0)
        inflation: np.ndarray = np.sqrt(half / (half + self.control.n))
        return inflation

    def truth(
        self,
        half: int | None,
        *,
        control: ControlMoments | None,
        tests: bool,
        rows: slice = slice(None),
    ) -> Truth:
        """Return what metrics see of one half, or (None) of all observations.

        Parameters
        ----------
        control : controls that the true shifts subtract; all of them where None.
        tests : whether a metric asks which genes differ.
        rows : some of the conditions, which then compete with no others.
        """
        held, base = self.moments, control or self.control
        mean = (held.mean if half is None else held.half_mean[half])[rows]
        variance = (held.variance if half is None else held.half_variance[half])[rows]
        n = (held.n if half is None else held.half_n[half])[rows]
        mask = self.mask[rows] if self._complete else self.mask[rows] & np.isfinite(mean)
        mean = np.nan_to_num(mean) if not self._complete else mean
        against = (base.mean, base.variance, base.n)
        return Truth(
            mean=mean,
            control=base.mean,
            reference=self.floor,
            mask=mask,
            n_obs=n,
            variance=variance,
            control_variance=base.variance,
            control_n=base.n,
            pool=mean - base.mean if rows == slice(None) else None,
            own=np.arange(len(mean)),
            pool_mask=self.pool_mask,
            train=self.train,
            tests=quick_tests(mean, variance, n, against, mask) if tests else None,
        )

    @property
    def _complete(self) -> bool:
        return not self.scale.is_relative


def measure(
    dataset: Dataset,
    conditions: Sequence[Condition],
    train: Profiles | None,
    *,
    halves: int,
    policy: Policy,
    seed: int,
) -> Iterator[Measured]:
    """Measure some conditions, context by context.

    Parameters
    ----------
    dataset : real observations with their controls.
    train : training profiles on the same genes; their shifts, wherever they were measured, make
        the floor.
    policy : ``mask`` leaves directly targeted genes out.
    """
    singles = all(dataset.n_by_condition[c] == 1 for c in conditions)
    for context in sorted({c.context for c in conditions}, key=str):
        here = tuple(sorted((c for c in conditions if c.context == context), key=str))
        moments = half_moments(dataset, here, 1 if singles else halves, seed)
        control, parts = _controls(dataset, context, 0 if singles else min(halves, CROSSED), seed)
        mask = np.array([~_targeted(dataset, [c], policy) for c in here])
        mask &= np.isfinite(moments.mean)
        against = (control.mean, control.variance, control.n)
        tests = quick_tests(moments.mean, moments.variance, moments.n, against, mask)
        yield Measured(
            context=context,
            conditions=here,
            labels=tuple(dataset.label(c) for c in here),
            genes=np.asarray(dataset.genes).astype(str),
            scale=dataset.scale,
            mapping=dataset.mapping,
            moments=moments,
            control=control,
            halves=parts,
            mask=mask,
            pool_mask=~_targeted(dataset, here, policy) & np.isfinite(moments.mean).all(axis=0),
            n_called=tests.called.sum(axis=1),
            train=None if train is None else _shifts(train, context),
            is_trained_here=train is not None and bool(_is_here(train, context).any()),
        )


def _shifts(train: Profiles, context: Context) -> np.ndarray:
    """Shifts of the training conditions: of this context, or of all where it has none."""
    here = _is_here(train, context)
    return train.S[here] if here.any() else train.S


def _is_here(train: Profiles, context: Context) -> np.ndarray:
    return np.array([c.context == context for c in train.conditions], dtype=bool)


def _targeted(dataset: Dataset, conditions: Sequence[Condition], policy: Policy) -> np.ndarray:
    if policy == "as_predicted":
        return np.zeros(len(dataset.genes), dtype=bool)
    targets = {target for c in conditions for target in c.perturbation.targets}
    return np.isin(dataset.genes, sorted(targets))


def _controls(
    dataset: Dataset, context: Context, n: int, seed: int
) -> tuple[ControlMoments, tuple[tuple[ControlMoments, ControlMoments], ...]]:
    """Moments of all controls of a context, and of `n` divisions into two halves."""
    g = len(dataset.genes)
    if dataset.scale.is_relative:
        return ControlMoments(np.zeros(g), np.full(g, np.nan), 0), ()
    own = [c for c in dataset.present if c.is_control and c.context == context]
    rows = np.flatnonzero(codes_of(dataset, own) >= 0)
    part = dataset.take(rows)
    whole = _moments(part, np.zeros(part.n_obs, dtype=np.int64), 1)[0]
    if part.n_obs < MIN_CONTROLS:
        return whole, ()
    halves = []
    for i in range(n):
        rng = rng_for(controls=dataset.name, where=context, half=i, seed=seed)
        code = halve(part.block_codes, rng).astype(np.int64)
        halves.append((*_moments(part, code, 2),))
    return whole, tuple((first, second) for first, second in halves)


def _moments(part: Dataset, code: np.ndarray, n: int) -> list[ControlMoments]:
    found = part.moments(code, n)
    return [
        ControlMoments(np.asarray(found.mean)[i], np.asarray(found.variance)[i], int(found.n[i]))
        for i in range(n)
    ]
