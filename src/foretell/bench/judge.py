"""Judge: score the answers of one repeat against the same halves of the held-out observations.

The judge knows labels and arrays; which model made an answer never matters to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foretell.bench.answered import answer_of, lacks
from foretell.bench.applicable import not_applicable
from foretell.bench.groups import Group, Rules, groups_of, prepare_folds
from foretell.bench.measured import shared_truth, truth_of
from foretell.bench.references import REFERENCES, reference_answers
from foretell.core.dataset import Dataset
from foretell.core.metric import Answer, Metric, Truth
from foretell.core.prediction import Prediction
from foretell.core.split import Split
from foretell.core.steps import Step

__all__ = ["judge_repeat"]

SHARED_HALVES = 4  # halves that are scored again with a shared control, to show what it gives
WITHOUT_SHARING = frozenset({"cells", "panel", "parts", "train", "predicted_tests", "labels"})

AnswerOf = Callable[[int], Answer]


@dataclass(eq=False)
class _Scores:
    """Values of one label and metric: over halves, of the whole, and with a shared control."""

    values: np.ndarray
    shared: np.ndarray
    lacking: str = ""


def judge_repeat(
    dataset: Dataset,
    splits: Sequence[Split],
    steps: Sequence[Step],
    answers: Mapping[str, Sequence[Prediction | None]],
    metrics: Sequence[Metric],
    rules: Rules | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Score every label's answers (one prediction per fold; None = failed) and the references.

    Returns
    -------
    Rows of the `Evaluation` table by label, without floor and ceiling columns.
    """
    needs = frozenset(need for metric in metrics for need in metric.needs)
    rules = replace(rules or Rules(), needs=needs)
    rows: dict[str, list[dict[str, Any]]] = {label: [] for label in (*answers, *REFERENCES)}
    for i, fold in enumerate(prepare_folds(dataset, splits, steps, rules)):
        given = {label: predictions[i] for label, predictions in answers.items()}
        for group in groups_of(fold):
            reasons = {m.name: not_applicable(m, group) for m in metrics}
            scores = _score(group, _answers(given, group), metrics, reasons)
            for label, found in scores.items():
                rows[label] += _rows(group, metrics, found, reasons, given.get(label))
            for label in [label for label, prediction in given.items() if prediction is None]:
                rows[label] += _failed_rows(group, metrics)
    return rows


def _answers(given: Mapping[str, Prediction | None], group: Group) -> dict[str, AnswerOf]:
    """Return, by label, what is answered in every half; failed models are left out."""
    answers: dict[str, AnswerOf] = {}
    for label, prediction in given.items():
        if prediction is not None:
            answers[label] = _constant(answer_of(prediction, group), prediction, group)
    return answers | reference_answers(group)


def _constant(answer: Answer, prediction: Prediction, group: Group) -> AnswerOf:
    asked = replace(answer, mean=prediction.mean[group.query_rows])  # NaN where it abstained

    def same(half: int) -> Answer:
        del half  # a model's answer is the same in every half
        return asked

    return same


def _score(
    group: Group,
    answers: Mapping[str, AnswerOf],
    metrics: Sequence[Metric],
    reasons: Mapping[str, np.ndarray],
) -> dict[str, dict[str, _Scores]]:
    """Score every answer in every half; NaN where undefined or not answered."""
    halves, n = group.fold.truth.n_halves, len(group.rows)
    scores = {
        label: {
            m.name: _Scores(np.full((halves, n), np.nan), np.full((halves, n), np.nan))
            for m in metrics
        }
        for label in answers
    }
    whole, by_half = _divided(metrics)
    for half in range(halves if by_half else 0):
        truth = truth_of(group, half)
        shared = shared_truth(truth, group) if half < SHARED_HALVES else None
        for label, answer_at in answers.items():
            _fill(scores[label], half, truth, shared, answer_at(half), by_half, reasons)
    if whole:
        truth = truth_of(group, None)
        for label in [label for label in answers if label not in REFERENCES]:
            _fill(scores[label], 0, truth, None, answers[label](0), whole, reasons)
    return scores


def _divided(metrics: Sequence[Metric]) -> tuple[list[Metric], list[Metric]]:
    """Return the metrics of the whole truth, and those of its halves."""
    return [m for m in metrics if m.whole], [m for m in metrics if not m.whole]


def _fill(
    scores: dict[str, _Scores],
    half: int,
    truth: Truth,
    shared: Truth | None,
    answer: Answer,
    metrics: Sequence[Metric],
    reasons: Mapping[str, np.ndarray],
) -> None:
    answered = np.isfinite(np.where(truth.mask, answer.mean, 0.0)).all(axis=1)
    answer = replace(answer, mean=np.nan_to_num(answer.mean))
    for metric in metrics:
        into = scores[metric.name]
        into.lacking = lacks(metric, answer)
        wanted = answered & (reasons[metric.name] == "")
        if into.lacking or not wanted.any():
            continue
        into.values[half] = _values(metric, truth, answer, wanted)
        if shared is not None and _can_share(metric, truth):
            into.shared[half] = _values(metric, shared, answer, wanted)


def _can_share(metric: Metric, truth: Truth) -> bool:
    """Tell whether a shared control would change the score, and can be put in its place."""
    return (
        metric.refers_to == "control" and not metric.needs & WITHOUT_SHARING and truth.control_n > 0
    )


def _values(metric: Metric, truth: Truth, answer: Answer, wanted: np.ndarray) -> np.ndarray:
    """Score the conditions that are wanted; a statistic of all of them is made of no others."""
    if metric.level == "condition" or wanted.all():
        return np.where(wanted, metric(truth, answer), np.nan)
    at = np.flatnonzero(wanted)
    values = np.full(len(wanted), np.nan)
    values[at] = metric(_chosen(truth, at), _chosen(answer, at))
    return values


PER_CONDITION = (
    *("mean", "mask", "n_obs", "variance", "detected", "own", "parts", "part_shifts"),
    *("lower", "upper", "sd", "calls", "confidence"),
)


def _chosen(side: Any, at: np.ndarray) -> Any:
    """Return some conditions of a truth or an answer."""
    parts: dict[str, Any] = {}
    for name, value in vars(side).items():
        if value is None:
            continue
        if name in PER_CONDITION:
            parts[name] = value[at]
        elif name in ("cells", "panel"):
            parts[name] = value.select(at)
        elif name == "tests":
            arrays = {k: getattr(value, k)[at] for k in ("statistic", "p", "q", "lfc")}
            parts[name] = replace(value, **arrays)
    return replace(side, **parts)


def _rows(
    group: Group,
    metrics: Sequence[Metric],
    scores: Mapping[str, _Scores],
    not_applicable: Mapping[str, np.ndarray],
    prediction: Prediction | None,
) -> list[dict[str, Any]]:
    rows = []
    bases = list(_bases(group))
    for metric in metrics:
        found, reasons = scores[metric.name], not_applicable[metric.name]
        (value, n), (shared, _) = _means(found.values), _means(found.shared)
        for i, base in enumerate(bases):
            status, reason = _status(prediction, group, i)
            if reasons[i] or found.lacking:
                status, reason = "n/a", reasons[i] or found.lacking
            elif not n[i] and status not in ("abstained", "failed"):
                status, reason = "n/a", "undefined in every half"
            row = {"metric": metric.name, "value": value[i], "n": n[i], "shared": shared[i]}
            rows.append(base | row | {"status": status, "reason": reason})
    return rows


def _means(values: np.ndarray) -> tuple[list[float], list[int]]:
    """Return means over the halves that have a value, and how many have one."""
    known = np.isfinite(values)
    n = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    return mean.tolist(), n.tolist()


def _status(prediction: Prediction | None, group: Group, i: int) -> tuple[str, str]:
    if prediction is None:
        return "ok", ""
    row = int(group.query_rows[i])
    support = str(prediction.support[row])
    reason = prediction.reasons[row] if prediction.reasons else ""
    return ("ok" if support == "supported" else support), reason


def _failed_rows(group: Group, metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    failed = {"value": np.nan, "shared": np.nan, "n": 0, "status": "failed", "reason": ""}
    bases = list(_bases(group))
    return [base | {"metric": m.name} | failed for m in metrics for base in bases]


def _bases(group: Group) -> Iterator[dict[str, Any]]:
    """Columns that do not depend on metric or model, one per condition."""
    split, context = group.fold.split, group.context
    shared = split.is_shared(context)
    strength, novelty = _strength(group), split.distance
    for i, (row, condition) in enumerate(zip(group.rows, group.conditions, strict=True)):
        yield {
            "repeat": split.repeat,
            "fold": split.fold,
            "condition": group.fold.data.label(condition),
            "cluster": " + ".join(sorted(set(condition.perturbation.targets))),
            "context": str(context),
            "n_obs": int(group.fold.truth.n[row]),
            "shared_control": shared,
            "inflation": _inflation(group, row),
            "strength": float(strength[i]),
            "novelty": np.nan if novelty is None else float(novelty[group.query_rows[i]]),
        }


def _strength(group: Group) -> np.ndarray:
    """(n,) root mean square of the true shift, over the genes that count."""
    shift = group.fold.truth.mean[group.rows] - group.truth_control.mean
    n_genes = group.mask.sum(axis=1)
    squares = np.where(group.mask, shift**2, 0.0).sum(axis=1)
    return np.sqrt(np.where(n_genes > 0, squares / np.maximum(n_genes, 1), np.nan))


def _inflation(group: Group, row: int) -> float:
    """Return sqrt(C / (C + K)): what a shared control of K cells gives an uninformative answer.

    C is the size of a half. NaN on a relative scale, whose controls are unknown.
    """
    k = group.model_control.n
    half = float(group.fold.truth.half_n[:, row].mean())
    return float(np.sqrt(half / (half + k))) if k else np.nan
