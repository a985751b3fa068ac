"""Gaming: what an answer could do to score better than it deserves, tried on every metric.

Each transformation changes an answer in a way that adds no knowledge. It is applied to the truth
itself and to two floors, the training mean and no change, on simulated screens. What a metric does:

- ``ok`` : the truth loses by it, and no floor gains;
- ``blind`` : the truth keeps its score, although the answer became wrong: the metric cannot see
  this fault, and has to be read beside one that does;
- ``gains`` : the truth scores better than before, or a floor better than the better of the two
  floors beyond doubt (99 % interval of the paired difference, bootstrap over the conditions of all
  screens): the metric can be gamed this way;
- ``-`` : it changes nothing that the metric looks at (cells, calls), rightly without effect.

``resampled_controls`` is an answer of its own, means of resampled control cells: ``gains`` where
it scores above chance beyond doubt. A missing answer scores as the floor, and so does
one without a number. A description has no order, so nothing can be gained; it can be blind. A
metric declares what is not ``ok`` in `Metric.fails`, and the tests hold it to exactly that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from foretell.contract.gaming_screen import Screen, Submission, screen
from foretell.contract.truths import chance_of
from foretell.core.metric import Answer, Metric
from foretell.core.registry import find
from foretell.stats.resampling import bootstrap_interval

__all__ = ["MEANINGS", "TRANSFORMATIONS", "fails_of", "gaming_row", "gaming_table"]

SCREENS, DRAWS, LEVEL, SHUFFLES = 4, 400, 0.99, 20
ROUNDING = 1e-9
CELL_NEEDS = {"sampled", "cells", "panel"}
CALL_NEEDS = {"calls", "predicted_tests"}

Change = Callable[[Screen, Submission], Submission]


def _moved(by: Callable[[Screen, np.ndarray], np.ndarray]) -> Change:
    """Change the shifts alone."""
    return lambda screen, given: replace(given, shift=by(screen, given.shift))


def _third(n: int) -> np.ndarray:
    return np.arange(n) % 3 == 0


def _paired(shift: np.ndarray) -> np.ndarray:
    return shift[np.arange(len(shift)) // 2 * 2]


def _edited(screen: Screen, shift: np.ndarray) -> np.ndarray:
    return shift + np.random.default_rng(0).normal(0.0, 0.3, size=screen.control.shape)


def _mixed(screen: Screen, shift: np.ndarray) -> np.ndarray:
    linear = np.expm1(screen.control + shift) - screen.control
    some = np.random.default_rng(1).permutation(len(shift)) % 2 == 0
    return np.where(some[:, None], linear, shift)


def _holes(shift: np.ndarray) -> np.ndarray:
    return np.where(_third(len(shift))[:, None], np.nan, shift)


TRANSFORMATIONS: dict[str, tuple[str, Change]] = {
    "quarter": ("shifts a quarter as large", _moved(lambda _, x: 0.25 * x)),
    "fourfold": ("shifts four times as large", _moved(lambda _, x: 4.0 * x)),
    "offset": ("0.3 added to every gene", _moved(lambda _, x: x + 0.3)),
    "permuted": ("answers of other conditions", _moved(lambda _, x: np.roll(x, 1, axis=0))),
    "duplicated": ("one answer handed in for two conditions", _moved(lambda _, x: _paired(x))),
    "copied_mean": ("the training mean instead", _moved(lambda s, _: s.training_mean)),
    "edited_controls": ("own controls: every answer moves alike, gene by gene", _moved(_edited)),
    "mixed_scales": ("half of the conditions without the logarithm", _moved(_mixed)),
    "nan_rows": ("no number in every third condition", _moved(lambda _, x: _holes(x))),
    "missing": (
        "every third condition left out",
        lambda _, given: replace(given, missing=_third(len(given.shift))),
    ),
    "constant_cells": ("cells without noise", lambda _, given: replace(given, spread=0.0)),
    "inflated_cells": (
        "cells with three times the noise",
        lambda _, given: replace(given, spread=3.0),
    ),
    "everything_de": ("every gene called", lambda _, given: replace(given, everything=True)),
}
"""Name -> what is done to the answer, and the function that does it."""

MEANINGS = {name: meaning for name, (meaning, _) in TRANSFORMATIONS.items()}
MEANINGS["resampled_controls"] = "means of resampled control cells"
FLOORS = ("training mean", "no change")
UNINFORMED = "resampled_controls"
KEEPS_MEANS = ("constant_cells", "inflated_cells")


@cache
def _screens() -> tuple[Screen, ...]:
    return tuple(screen(seed) for seed in range(SCREENS))


@cache
def _answers(change: str) -> dict[str, tuple[Answer, ...]]:
    """Answers to every screen by who gives them; changed, or as they are where `change` is ""."""
    found: dict[str, list[Answer]] = {who: [] for who in ("truth", *FLOORS)}
    for s in _screens():
        shifts = (s.truth.shift, s.training_mean, np.zeros_like(s.truth.shift))
        for who, shift in zip(found, shifts, strict=True):
            given = Submission(shift)
            given = TRANSFORMATIONS[change][1](s, given) if change else given
            if given.missing is not None:  # the bench puts the floor in its place
                left = given.missing[:, None]
                given = replace(given, shift=np.where(left, s.training_mean, given.shift))
            found[who].append(s.answer(given))
    return {who: tuple(answers) for who, answers in found.items()}


@cache
def _uninformed() -> tuple[Answer, ...]:
    return tuple(s.answer(Submission(s.resampled)) for s in _screens())


def gaming_row(metric: Metric) -> dict[str, str]:
    """Return what a metric does with every transformation, by name."""
    if metric.level == "network":
        return dict.fromkeys((*TRANSFORMATIONS, UNINFORMED), "-")
    plain = {who: _scores(metric, answers) for who, answers in _answers("").items()}
    row = {}
    for name in TRANSFORMATIONS:
        row[name] = _judged(metric, name, plain) if _looks_at(metric, name) else "-"
    row[UNINFORMED] = _against_chance(metric)
    return row


def fails_of(metric: Metric) -> frozenset[str]:
    """Return the transformations that a metric does not withstand: blind to them, or gained by."""
    return frozenset(k for k, status in gaming_row(metric).items() if status in ("blind", "gains"))


def gaming_table() -> dict[str, dict[str, str]]:
    """Return what every metric does with every transformation.

    >>> from foretell.contract.gaming import gaming_row
    >>> from foretell.core.registry import find
    >>> {k: v for k, v in gaming_row(find("metrics")["pearson_delta"]).items() if v == "blind"}
    {'quarter': 'blind', 'fourfold': 'blind', 'offset': 'blind'}
    """
    return {e.name: gaming_row(e.declared) for e in find("metrics") if not e.problem}


def _looks_at(metric: Metric, change: str) -> bool:
    if change == "everything_de":
        return bool(metric.needs & CALL_NEEDS)
    return change not in KEEPS_MEANS or bool(metric.needs & (CELL_NEEDS | CALL_NEEDS))


def _scores(metric: Metric, answers: tuple[Answer, ...]) -> np.ndarray:
    """(screens * n,) scores."""
    pairs = zip(_screens(), answers, strict=True)
    return np.concatenate([metric(s.truth_for(metric), answer) for s, answer in pairs])


def _judged(metric: Metric, change: str, plain: dict[str, np.ndarray]) -> str:
    floor = plain["training mean"]
    found = {}
    for who, answers in _answers(change).items():
        values = _scores(metric, answers)
        found[who] = np.where(np.isnan(values), floor, values)
    best, now = _goodness(metric, plain["truth"]), _goodness(metric, found["truth"])
    slack = ROUNDING * max(1.0, abs(best))
    if metric.higher_is_better is not None:
        better = max(FLOORS, key=lambda who: _goodness(metric, plain[who]))
        gained = [_is_better(metric, found[who], plain[better]) for who in FLOORS]
        if metric.best_is_expected:
            beaten = _is_better(metric, found["truth"], plain["truth"])
        else:
            beaten = now > best + slack
        if any(gained) or beaten:
            return "gains"
    if change in KEEPS_MEANS and not metric.needs & CELL_NEEDS:
        return "ok"  # tests of cells without noise are those of the means, as they should be
    return "blind" if now >= best - slack else "ok"


def _goodness(metric: Metric, values: np.ndarray) -> float:
    """Return the mean with larger = better; of a description, how near it is to the best."""
    if np.isnan(values).all():
        return -np.inf
    mean = float(np.nanmean(values))
    if metric.higher_is_better is None:
        return -abs(mean - metric.best)
    return mean if metric.higher_is_better else -mean


def _is_better(metric: Metric, values: np.ndarray, others: np.ndarray | float) -> bool:
    """Return whether scores are better than others of the same conditions, beyond doubt."""
    ahead = (values - others) * (1.0 if metric.higher_is_better else -1.0)
    if np.isnan(ahead).all():
        return False
    interval = bootstrap_interval(ahead, DRAWS, np.random.default_rng(0), LEVEL)
    return float(interval.lower) > ROUNDING


def _against_chance(metric: Metric) -> str:
    """Return whether means of resampled controls score above chance.

    Where chance depends on the condition, genes are shuffled as well, since a random order without
    ties scores a little more than the share of true genes.
    """
    if metric.chance is None or metric.higher_is_better is None:
        return "-"
    scores, chances = [], []
    for s, answer in zip(_screens(), _uninformed(), strict=True):
        truth = s.truth_for(metric)
        chance = np.broadcast_to(np.asarray(chance_of(metric, truth), dtype=float), s.n)
        if isinstance(metric.chance, str):
            rng = np.random.default_rng(2)
            shuffled = [metric(truth, _shuffled(answer, rng)) for _ in range(SHUFFLES)]
            chance = np.maximum(chance, np.mean(shuffled, axis=0))
        scores.append(metric(truth, answer))
        chances.append(chance)
    is_above = _is_better(metric, np.concatenate(scores), np.concatenate(chances))
    return "gains" if is_above else "ok"


def _shuffled(answer: Answer, rng: np.random.Generator) -> Answer:
    """Deal what is said of genes out to other genes."""
    order = rng.permuted(np.tile(np.arange(answer.mean.shape[1]), (len(answer.mean), 1)), axis=1)
    shift = np.take_along_axis(answer.shift, order, axis=1)
    tests = answer.tests
    if tests is not None:
        dealt = [np.take_along_axis(x, order, axis=1) for x in (tests.statistic, tests.p, tests.q)]
        tests = replace(tests, statistic=dealt[0], p=dealt[1], q=dealt[2])
    return replace(answer, mean=answer.control + shift, tests=tests)
