"""Judge: score the answers of one repeat against the same halves of the held-out observations.

The judge knows labels and arrays; which model made an answer never matters to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from foretell.bench.groups import Group, groups_of, prepare_folds, truth_of
from foretell.bench.references import technical_duplicate
from foretell.core.dataset import Dataset
from foretell.core.errors import StoreProblem
from foretell.core.metric import Answer, Metric
from foretell.core.prediction import Prediction
from foretell.core.split import Split
from foretell.core.steps import Step
from foretell.stats.gene_tests import gene_tests

__all__ = ["MIN_DIFFERENTIAL", "MIN_POOL", "judge_repeat"]

MIN_POOL = 5  # conditions, below which retrieval says nothing
MIN_DIFFERENTIAL = 5  # genes, below which a ranking of differential genes says nothing

AnswerOf = Callable[[int], np.ndarray]
Scores = dict[str, dict[str, np.ndarray]]  # label -> metric -> (halves, n)


def judge_repeat(
    dataset: Dataset,
    splits: Sequence[Split],
    steps: Sequence[Step],
    answers: Mapping[str, Sequence[Prediction | None]],
    metrics: Sequence[Metric],
    *,
    halves: int = 20,
    policy: str = "mask",
    seed: int = 0,
    ceiling: str = "technical duplicate",
) -> dict[str, list[dict[str, Any]]]:
    """Score every label's answers (one prediction per fold; None = failed) and the ceiling.

    Returns
    -------
    Rows of the `Evaluation` table by label, without floor and ceiling columns.
    """
    rows: dict[str, list[dict[str, Any]]] = {label: [] for label in (*answers, ceiling)}
    for i, fold in enumerate(prepare_folds(dataset, splits, steps, halves, seed)):
        given = {label: predictions[i] for label, predictions in answers.items()}
        for group in groups_of(fold, policy):
            reasons = {m.name: _not_applicable(m, group) for m in metrics}
            scores = _score(group, _answers(given, group, ceiling), metrics, reasons)
            for label, values in scores.items():
                rows[label] += _rows(group, metrics, values, reasons, given.get(label))
            for label in [label for label, prediction in given.items() if prediction is None]:
                rows[label] += _failed_rows(group, metrics)
    return rows


def _answers(
    given: Mapping[str, Prediction | None], group: Group, ceiling: str
) -> dict[str, AnswerOf]:
    """Return, by label, what is answered (n, g) in every half; failed models are left out."""
    answers = {label: _constant(p, group) for label, p in given.items() if p is not None}
    answers[ceiling] = partial(technical_duplicate, group.fold.truth, group.rows)
    return answers


def _constant(prediction: Prediction, group: Group) -> AnswerOf:
    if not np.array_equal(prediction.genes, group.fold.data.genes):
        raise StoreProblem(
            "a stored prediction has other genes than its split", "delete the store and run again"
        )
    mean: np.ndarray = prediction.mean[group.query_rows]

    def answer(half: int) -> np.ndarray:
        del half  # a model's answer is the same in every half
        return mean

    return answer


def _score(
    group: Group,
    answers: Mapping[str, AnswerOf],
    metrics: Sequence[Metric],
    not_applicable: Mapping[str, np.ndarray],
) -> Scores:
    """Score every answer in every half; NaN where undefined or not answered."""
    shape = (group.fold.truth.n_halves, len(group.rows))
    scores = {label: {m.name: np.full(shape, np.nan) for m in metrics} for label in answers}
    for half in range(shape[0]):
        truth = truth_of(group, half)
        for label, answer_of in answers.items():
            mean = answer_of(half)
            answered = np.isfinite(np.where(truth.mask, mean, 0.0)).all(axis=1)
            answer = Answer(np.nan_to_num(mean), group.model_control, group.references[1])
            for metric in metrics:
                scored = answered & (not_applicable[metric.name] == "")
                if scored.any():
                    value = np.where(scored, metric(truth, answer), np.nan)
                    scores[label][metric.name][half] = value
    return scores


def _not_applicable(metric: Metric, group: Group) -> np.ndarray:
    """(n,) why the data cannot carry the metric, or empty."""
    held, n = group.fold.truth, len(group.conditions)
    reasons = np.full(n, "", dtype=object)
    if group.fold.data.scale.is_relative and not metric.accepts_relative:
        reasons[:] = "not defined on a relative scale"
    elif group.fold.data.censored and not metric.accepts_censored:
        reasons[:] = "not defined where only listed values were observed"
    elif "labels" in metric.needs and not _has_labels(group):
        reasons[:] = 'defined for labels of change only (scale = "sign", or censored)'
    elif "pool" in metric.needs and len(group.pool) < MIN_POOL:
        reasons[:] = f"fewer than {MIN_POOL} conditions to choose among ({len(group.pool)})"
    elif "tests" in metric.needs:
        for i, count in enumerate(_n_differential(group)):
            if held.n[group.rows[i]] < 4:
                reasons[i] = f"no test possible with {held.n[group.rows[i]]} observations"
            elif count < MIN_DIFFERENTIAL:
                reasons[i] = f"fewer than {MIN_DIFFERENTIAL} differential genes ({count})"
    return reasons


def _has_labels(group: Group) -> bool:
    """Tell whether a 0 says "did not change": in signs, and in lists of what changed."""
    data = group.fold.data
    return data.scale.family == "sign" or data.mapping.censored == "small"


def _n_differential(group: Group) -> np.ndarray:
    """(n,) differential genes among all held-out cells, by the metric's own test."""
    held, context = group.fold.truth, group.context
    tests = gene_tests(
        held.mean[group.rows],
        held.variance[group.rows],
        held.n[group.rows],
        held.control_mean[context],
        held.control_variance[context],
        held.control_n[context],
        group.mask,
    )
    count: np.ndarray = tests.called.sum(axis=1)
    return count


def _rows(
    group: Group,
    metrics: Sequence[Metric],
    values: Mapping[str, np.ndarray],
    not_applicable: Mapping[str, np.ndarray],
    prediction: Prediction | None,
) -> list[dict[str, Any]]:
    rows = []
    for metric in metrics:
        scores, reasons = values[metric.name], not_applicable[metric.name]
        for i, base in enumerate(_bases(group)):
            defined = scores[:, i][np.isfinite(scores[:, i])]
            status, reason = _status(prediction, group, i)
            if reasons[i]:
                status, reason = "n/a", reasons[i]
            elif not len(defined) and status not in ("abstained", "failed"):
                status, reason = "n/a", "undefined in every half"
            value = float(defined.mean()) if len(defined) else np.nan
            row = {"metric": metric.name, "value": value, "n": len(defined)}
            rows.append(base | row | {"status": status, "reason": reason})
    return rows


def _status(prediction: Prediction | None, group: Group, i: int) -> tuple[str, str]:
    if prediction is None:
        return "ok", ""
    row = int(group.query_rows[i])
    support = str(prediction.support[row])
    reason = prediction.reasons[row] if prediction.reasons else ""
    return ("ok" if support == "supported" else support), reason


def _failed_rows(group: Group, metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    failed = {"value": np.nan, "n": 0, "status": "failed", "reason": ""}
    return [base | {"metric": m.name} | failed for m in metrics for base in _bases(group)]


def _bases(group: Group) -> Iterator[dict[str, Any]]:
    """Columns that do not depend on metric or model, one per condition."""
    split, context = group.fold.split, group.context
    shared = split.is_shared(context)
    for row, condition in zip(group.rows, group.conditions, strict=True):
        yield {
            "repeat": split.repeat,
            "fold": split.fold,
            "condition": group.fold.data.label(condition),
            "context": str(context),
            "n_obs": int(group.fold.truth.n[row]),
            "shared_control": shared,
            "inflation": _inflation(group, row) if shared else 0.0,
        }


def _inflation(group: Group, row: int) -> float:
    """Return sqrt(C / (C + K)): what a shared control of K cells gives an uninformative answer.

    C is the size of a half. NaN on a relative scale, whose controls are unknown.
    """
    k = group.fold.truth.control_n[group.context]
    half = float(group.fold.truth.half_n[:, row].mean())
    return float(np.sqrt(half / (half + k))) if k else np.nan
