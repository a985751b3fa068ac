"""Answers of a score: a prediction and its references, against every half of the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from foretell.bench.applicable import MIN_DIFFERENTIAL, MIN_POOL, MIN_TESTED
from foretell.bench.score_calls import quick_tests
from foretell.bench.score_halves import workers
from foretell.bench.score_truth import CROSSED, Measured
from foretell.contract.truths import take
from foretell.core.metric import NEEDS, Answer, Metric, Truth

__all__ = ["AnswerOf", "Scores", "crossed", "evaluate", "not_applicable"]

ROWS = 40  # conditions that are scored at a time: what fits into a cache
GIVEN = frozenset({"variance", "pool", "predicted_pool", "tests", "train"})

AnswerOf = Callable[[int], np.ndarray]  # half -> (m, g) profiles
Scores = dict[str, dict[str, np.ndarray]]  # label -> metric -> (halves, m)
T = TypeVar("T", Truth, Answer)


def not_applicable(metric: Metric, held: Measured) -> np.ndarray:
    """(m,) why the data cannot carry a metric, or empty."""
    reasons = np.full(len(held.conditions), "", dtype=object)
    lacking = sorted(metric.needs - GIVEN)
    if metric.level == "network":
        reasons[:] = "compares networks"
    elif lacking:
        reasons[:] = f"a prediction made elsewhere has no {NEEDS.get(lacking[0], lacking[0])}"
    elif held.scale.is_relative and not metric.accepts_relative:
        reasons[:] = "not defined on a relative scale"
    elif held.mapping.censored and not metric.accepts_censored:
        reasons[:] = "not defined where only listed values were observed"
    elif metric.refers_to == "perturbed" and held.train is None:
        reasons[:] = "refers to training perturbations: name them with --train"
    elif "train" in metric.needs and held.train is None:
        reasons[:] = "needs training conditions: name them with --train"
    elif len(held.conditions) < MIN_POOL and (
        "pool" in metric.needs or metric.level != "condition"
    ):
        reasons[:] = f"fewer than {MIN_POOL} conditions of a context ({len(held.conditions)})"
    elif "tests" in metric.needs:
        reasons[:] = _untestable(held)
    return reasons


def _untestable(held: Measured) -> list[str]:
    m, base = held.moments, held.control
    if not base.n:
        return ["no test without controls"] * len(m.mean)
    tests = quick_tests(m.mean, m.variance, m.n, (base.mean, base.variance, base.n), held.mask)
    counts = tests.called.sum(axis=1)
    return [
        f"no test possible with {n} observations"
        if n < MIN_TESTED
        else f"fewer than {MIN_DIFFERENTIAL} differential genes ({count})"
        if count < MIN_DIFFERENTIAL
        else ""
        for n, count in zip(m.n, counts, strict=True)
    ]


def evaluate(
    held: Measured,
    answers: Mapping[str, AnswerOf],
    metrics: Mapping[str, Sequence[Metric]],
    reasons: Mapping[str, np.ndarray],
    *,
    control: np.ndarray | None = None,
    few: frozenset[str] = frozenset(),
) -> Scores:
    """Score every answer in every half, both sides referring to all controls.

    Parameters
    ----------
    metrics : of each answer.
    control : (g,) that predicted shifts subtract; the measured controls' mean unless given.
    few : answers that are scored in the first `CROSSED` halves only.

    Returns
    -------
    (halves, m) values by label and metric; NaN where not applicable, undefined or not asked for.
    """
    base = held.control.mean if control is None else control
    asks = [m for of_one in metrics.values() for m in of_one]

    def score(half: int) -> Scores:
        truth = held.truth(half, control=None, tests=_asks_tests(asks, reasons))
        sides = _Sides(truth)
        return {
            label: _score(sides, answer_of(half), base, held, metrics[label], reasons)
            for label, answer_of in answers.items()
            if half < CROSSED or label not in few
        }

    return _gather(score, held.n_halves)


def crossed(
    held: Measured,
    answers: Mapping[str, AnswerOf],
    metrics: Mapping[str, Sequence[Metric]],
    reasons: Mapping[str, np.ndarray],
) -> Scores:
    """Score answers with divided controls: true and predicted shifts share none of them.

    Good where the prediction was made without these controls, or starts from other ones: then a
    shared control pays it nothing. A prediction that carries their mean inside is short-changed,
    since the truth's half stands in it with the opposite sign.
    """
    chosen = {
        label: [m for m in asked if m.refers_to == "control"] for label, asked in metrics.items()
    }
    asks = [m for of_one in chosen.values() for m in of_one]

    def score(half: int) -> Scores:
        first, second = held.halves[half]
        sides = _Sides(held.truth(half, control=first, tests=_asks_tests(asks, reasons)))
        return {
            label: _score(sides, answer_of(half), second.mean, held, chosen[label], reasons)
            for label, answer_of in answers.items()
        }

    return _gather(score, len(held.halves))


def _asks_tests(metrics: Sequence[Metric], reasons: Mapping[str, np.ndarray]) -> bool:
    return any("tests" in m.needs and (reasons[m.name] == "").any() for m in metrics)


def _gather(score: Callable[[int], dict[str, dict[str, np.ndarray]]], n: int) -> Scores:
    """Score halves side by side; (halves, m) arrays by label and metric."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1), ThreadPoolExecutor(min(workers(), max(n, 1))) as pool:
        found = list(pool.map(score, range(n)))
    labels = {label: by_metric for part in found for label, by_metric in part.items()}
    return {
        label: {
            name: np.array([part[label][name] for part in found if label in part])
            for name in by_metric
        }
        for label, by_metric in labels.items()
    }


class _Sides:
    """A truth in the forms in which metrics take it, each made once for all answers."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth

    @cached_property
    def parts(self) -> list[tuple[slice, Truth]]:
        """Some conditions at a time."""
        at = [slice(i, i + ROWS) for i in range(0, len(self.truth.mean), ROWS)]
        return [(here, _views(self.truth, here)) for here in at]

    @cached_property
    def kept(self) -> np.ndarray:
        """Genes that no competitor targets."""
        assert self.truth.pool_mask is not None
        return np.flatnonzero(self.truth.pool_mask)

    @cached_property
    def pool(self) -> Truth:
        """The truth of retrievals: without the genes that a competitor targets."""
        truth, kept = self.truth, self.kept
        mean, control = truth.mean[:, kept], truth.control[kept]
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
        return Answer(
            answer.mean[:, kept],
            answer.control[kept],
            answer.reference[kept],
            pool=None if answer.pool is None else answer.pool[:, kept],
            own=answer.own,
        )


def _score(
    sides: _Sides,
    mean: np.ndarray,
    control: np.ndarray,
    held: Measured,
    metrics: Sequence[Metric],
    reasons: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """(m,) values of one answer in one half, by metric."""
    answered = np.isfinite(mean.sum(axis=1))
    if not answered.all():  # what does not count may be missing
        answered = np.isfinite(np.where(sides.truth.mask, mean, 0.0)).all(axis=1)
        mean = np.nan_to_num(mean)
    answer = Answer(mean, control, held.floor, own=np.arange(len(mean)))
    if any("predicted_pool" in m.needs for m in metrics):
        answer = replace(answer, pool=mean - control)
    usable = {m.name: answered & (reasons[m.name] == "") for m in metrics}
    found = {m.name: np.full(len(mean), np.nan) for m in metrics}
    still = [m for m in metrics if usable[m.name].any()]
    if is_no_change(mean, control):
        for metric in list(still):
            if isinstance(metric.chance, (int, float)):
                found[metric.name] = np.where(usable[metric.name], metric.chance, np.nan)
                still.remove(metric)
    together = [m for m in still if "pool" in m.needs or m.level != "condition"]
    retrievals = [m for m in together if "pool" in m.needs]
    pooled = sides.of_pool(answer) if retrievals else answer
    for metric in together:
        both = (sides.pool, pooled) if metric in retrievals else (sides.truth, answer)
        found[metric.name] = np.where(usable[metric.name], metric(*both), np.nan)
    alone = [m for m in still if m not in together]
    for at, truth in sides.parts if alone else []:
        part = _views(answer, at)
        for metric in alone:
            if usable[metric.name][at].any():
                values = np.where(usable[metric.name][at], metric(truth, part), np.nan)
                found[metric.name][at] = values
    return found


def is_no_change(mean: np.ndarray, control: np.ndarray) -> bool:
    """Tell whether an answer is the controls' mean, which scores chance by definition."""
    return bool((mean[0] == control).all() and (mean == control).all())


def _views(side: T, at: slice) -> T:
    """Return some conditions of a truth or an answer, without copying them."""
    return take(side, conditions=at)  # type: ignore[arg-type]
