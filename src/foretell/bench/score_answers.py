"""Answers of a score: a prediction and its references, against every half of the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from foretell.bench.applicable import MIN_DIFFERENTIAL, MIN_POOL, MIN_TESTED
from foretell.bench.score_scorer import AnswerOf, Scorer, Scores
from foretell.bench.score_truth import CROSSED, Measured
from foretell.core.metric import NEEDS, Metric

__all__ = ["crossed", "evaluate", "not_applicable"]

GIVEN = frozenset({"variance", "pool", "predicted_pool", "tests", "train"})


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
    m = held.moments
    if not held.control.n:
        return ["no test without controls"] * len(m.mean)
    return [
        f"no test possible with {n} observations"
        if n < MIN_TESTED
        else f"fewer than {MIN_DIFFERENTIAL} differential genes ({count})"
        if count < MIN_DIFFERENTIAL
        else ""
        for n, count in zip(m.n, held.n_called, strict=True)
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
    given = held.control.mean if control is None else control
    sides = [(held.control, given)] * held.n_halves
    fewer = min(CROSSED, held.n_halves)
    counts = {label: fewer if label in few else held.n_halves for label in answers}
    return Scorer(held, answers, metrics, reasons, sides, counts).scores()


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
    sides = [(first, second.mean) for first, second in held.halves]
    counts = dict.fromkeys(answers, len(sides))
    return Scorer(held, answers, chosen, reasons, sides, counts).scores()
