"""Scorer: every answer against every half of the truth, some conditions at a time, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from foretell.bench.score_halves import workers
from foretell.bench.score_truth import ControlMoments, Measured
from foretell.core.metric import Answer, Metric, Truth
from foretell.stats.once import once

__all__ = ["AnswerOf", "Same", "Scorer", "Scores"]

ROWS = 40  # conditions that are scored at a time: what fits into a cache
ALL = slice(None)

AnswerOf = Callable[[int, slice], np.ndarray]  # half, conditions -> (k, g) profiles
Scores = dict[str, dict[str, np.ndarray]]  # label -> metric -> (halves, m)


@dataclass(frozen=True, eq=False)
class Same:
    """An answer (m, g) that is the same in every half, and is sorted only once for all of them."""

    mean: np.ndarray

    def __call__(self, half: int, rows: slice) -> np.ndarray:
        """Return the profiles of some conditions."""
        del half
        return self.mean[rows]


@dataclass(eq=False)
class Scorer:
    """Scores of answers in every half.

    A metric of single conditions is scored block by block: the halves of a block come one after
    the other, so that what is made of an answer that stays the same is made once and soon let go.
    Retrievals, and statistics of all conditions, are scored half by half.

    Parameters
    ----------
    answers, metrics : by label.
    controls : of each half, what true shifts subtract, and (g,) what predicted shifts do.
    counts : in how many halves each answer is scored.
    """

    held: Measured
    answers: Mapping[str, AnswerOf]
    metrics: Mapping[str, Sequence[Metric]]
    reasons: Mapping[str, np.ndarray]
    controls: Sequence[tuple[ControlMoments, np.ndarray]]
    counts: Mapping[str, int]
    _found: Scores = field(init=False, repr=False)
    _silent: dict[str, list[bool]] = field(init=False, repr=False)
    _pooled: dict[str, tuple[Answer, Answer]] = field(init=False, default_factory=dict, repr=False)

    def scores(self) -> Scores:
        """Return (halves, m) values by label and metric; NaN where there is none."""
        m = len(self.held.conditions)
        if not self.controls:
            return {}
        self._silent = {
            label: [self._is_silent(label, half) for half in range(self.counts[label])]
            for label in self.answers
        }
        self._found = {
            label: {x.name: np.full((self.counts[label], m), np.nan) for x in self.metrics[label]}
            for label in self.answers
        }
        step = -(-m // (workers() * -(-m // (workers() * ROWS))))  # as many blocks for each core
        pieces = [partial(self._block, slice(i, min(i + step, m))) for i in range(0, m, step)]
        pieces += [partial(self._half, half) for half in range(len(self.controls))]
        _side_by_side(pieces)
        return self._found

    def _is_silent(self, label: str, half: int) -> bool:
        """Tell whether an answer is the controls' mean, which scores chance by definition."""
        answer, control = self.answers[label], self.controls[half][1]
        first = answer(half, slice(0, 1)) == control
        return bool(first.all() and (answer(half, ALL) == control).all())

    def _asked(self, label: str, half: int, *, together: bool) -> list[Metric]:
        """Metrics of an answer that have to be computed in a half."""
        if half >= self.counts[label]:
            return []
        still = self._silent[label][half]
        return [
            m
            for m in self.metrics[label]
            if is_of_all(m) == together
            and (self.reasons[m.name] == "").any()
            and not (still and isinstance(m.chance, (int, float)))
        ]

    def _truth(self, half: int, rows: slice, metrics: Mapping[str, list[Metric]]) -> Truth:
        tests = any("tests" in m.needs for asked in metrics.values() for m in asked)
        return self.held.truth(half, control=self.controls[half][0], tests=tests, rows=rows)

    def _block(self, rows: slice) -> None:
        """Score some conditions in all halves."""
        same: dict[str, Answer] = {}
        for half, (_, control) in enumerate(self.controls):
            asked = {label: self._asked(label, half, together=False) for label in self.answers}
            truth = self._truth(half, rows, asked) if any(asked.values()) else None
            for label, metrics in asked.items():
                self._chance(label, half, rows)
                if truth is None or not metrics:
                    continue
                mean = self.answers[label](half, rows)
                answer = same.get(label)
                if answer is None or answer.control is not control:
                    answer = _answer(mean, control, self.held.floor, rows)
                if isinstance(self.answers[label], Same):
                    same[label] = answer
                self._score(label, half, rows, metrics, mean, truth, answer)

    def _half(self, half: int) -> None:
        """Score what needs all conditions together."""
        asked = {label: self._asked(label, half, together=True) for label in self.answers}
        if not any(asked.values()):
            return
        truth, control = self._truth(half, ALL, asked), self.controls[half][1]
        sides = _Retrieval(truth)
        for label, metrics in asked.items():
            if not metrics:
                continue
            mean = self.answers[label](half, ALL)
            answer, pooled = self._pooled.get(label, (None, None))
            if answer is None or pooled is None or answer.control is not control:
                answer = _answer(mean, control, self.held.floor, ALL)
                pooled = sides.of_pool(answer)
            if isinstance(self.answers[label], Same):
                self._pooled[label] = answer, pooled
            of_all = [m for m in metrics if "pool" not in m.needs]
            self._score(label, half, ALL, of_all, mean, truth, answer)
            of_pool = [m for m in metrics if "pool" in m.needs]
            if of_pool:
                self._score(label, half, ALL, of_pool, mean, sides.pool, pooled, truth.mask)

    def _score(
        self,
        label: str,
        half: int,
        rows: slice,
        metrics: Sequence[Metric],
        mean: np.ndarray,
        truth: Truth,
        answer: Answer,
        mask: np.ndarray | None = None,
    ) -> None:
        answered = _answered(mean, truth.mask if mask is None else mask)
        for metric in metrics:
            usable = answered & (self.reasons[metric.name][rows] == "")
            if usable.any():
                values = np.where(usable, metric(truth, answer), np.nan)
                self._found[label][metric.name][half, rows] = values

    def _chance(self, label: str, half: int, rows: slice) -> None:
        """Give chance to an answer of no change."""
        if half < self.counts[label] and self._silent[label][half]:
            for metric in self.metrics[label]:
                if isinstance(metric.chance, (int, float)):
                    usable = self.reasons[metric.name][rows] == ""
                    values = np.where(usable, metric.chance, np.nan)
                    self._found[label][metric.name][half, rows] = values


def is_of_all(metric: Metric) -> bool:
    """Tell whether a metric needs all conditions together."""
    return metric.level != "condition" or bool(metric.needs & {"pool", "predicted_pool"})


def _answer(mean: np.ndarray, control: np.ndarray, floor: np.ndarray, rows: slice) -> Answer:
    """Return an answer; what does not count may be missing and is 0."""
    mean = mean if np.isfinite(mean.sum()) else np.nan_to_num(mean)
    pool = mean - control if rows == ALL else None
    return Answer(mean, control, floor, pool=pool, own=np.arange(len(mean)))


def _answered(mean: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(k,) True where all that counts was answered."""
    answered = np.isfinite(mean.sum(axis=1))
    if not answered.all():
        answered = np.isfinite(np.where(mask, mean, 0.0)).all(axis=1)
    return np.asarray(answered)


class _Retrieval:
    """A truth, and its answers, without the genes that a competitor targets."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth

    @once
    def kept(self) -> np.ndarray:
        """Genes that no competitor targets."""
        assert self.truth.pool_mask is not None
        return np.flatnonzero(self.truth.pool_mask)

    @once
    def pool(self) -> Truth:
        """Truth of retrievals."""
        truth, kept = self.truth, self.kept
        mean, control = np.take(truth.mean, kept, axis=1), truth.control[kept]
        return Truth(
            mean=mean,
            control=control,
            reference=truth.reference[kept],
            mask=np.broadcast_to(np.True_, mean.shape),
            n_obs=truth.n_obs,
            pool=mean - control,
            own=truth.own,
            pool_mask=np.ones(len(kept), dtype=bool),
            train=None if truth.train is None else truth.train[:, kept],
        )

    def of_pool(self, answer: Answer) -> Answer:
        """Return an answer on the genes of retrievals."""
        kept = self.kept
        mean, control = np.take(answer.mean, kept, axis=1), answer.control[kept]
        return Answer(mean, control, answer.reference[kept], pool=mean - control, own=answer.own)


def _side_by_side(pieces: Sequence[Callable[[], None]]) -> None:
    """Do pieces of work at a time, each on one core."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1), ThreadPoolExecutor(workers()) as pool:
        for done in [pool.submit(piece) for piece in pieces]:
            done.result()
