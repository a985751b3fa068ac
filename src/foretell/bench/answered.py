"""Answered: what metrics see of a prediction, and what a prediction does not hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from foretell.bench.groups import Group
from foretell.bench.measured import tests_of
from foretell.bench.populations import cells_of_prediction
from foretell.bench.truth import Moments
from foretell.core.errors import StoreProblem
from foretell.core.metric import Answer, Metric
from foretell.core.moments import GroupMoments
from foretell.core.prediction import Prediction

__all__ = ["answer_of", "lacks"]

LACKS = {
    "interval": ("lower", "the model gives no intervals"),
    "sd": ("sd", "the model gives no spread"),
    "calls": ("calls", "the model calls no genes"),
    "confidence": ("confidence", "the model gives no confidence"),
    "sampled": ("variance", "the model draws no cells"),
    "predicted_tests": ("tests", "the model draws no cells"),
}
INSTEAD = {"sd": "lower", "confidence": "lower"}  # what a need can be made from


def answer_of(prediction: Prediction, group: Group) -> Answer:
    """Return the part of a prediction that a group asks for."""
    if not np.array_equal(prediction.genes, group.fold.data.genes):
        raise StoreProblem(
            "a stored prediction has other genes than its split", "delete the store and run again"
        )
    at, control = group.query_rows, group.model_control.mean
    mean = prediction.mean[at]
    optional: dict[str, Any] = {
        name: None if (value := getattr(prediction, name)) is None else value[at]
        for name in ("lower", "upper", "sd", "calls", "confidence")
    }
    optional |= {"coverage": prediction.coverage, "call_fdr": prediction.call_fdr}
    filled = np.nan_to_num(mean)
    needs = group.fold.rules.needs
    if "predicted_pool" in needs:
        optional |= {"pool": mean - control, "own": np.arange(len(at))}  # NaN: no competitor
    if prediction.cells is not None and needs & {"sampled", "predicted_tests", "variance"}:
        optional |= _sampled(prediction, group)
    if group.fold.cells is not None:
        drawn = cells_of_prediction(
            prediction, at, filled - control, group.fold.cells, group.context
        )
        optional |= {"cells": drawn[0], "panel": drawn[1]}
    return Answer(filled, control, group.references[1], **optional)


def _sampled(prediction: Prediction, group: Group) -> dict[str, Any]:
    """Moments and tests of the cells that a model drew."""
    place = np.full(len(prediction), -1)
    place[group.query_rows] = np.arange(len(group.query_rows))
    assert prediction.cell_row is not None  # noqa: S101  a prediction with cells has it
    sums = GroupMoments(len(group.query_rows), prediction.mean.shape[1])
    sums.add(prediction.cells, place[prediction.cell_row])
    rows = np.arange(len(group.query_rows))
    n = sums.n
    with np.errstate(invalid="ignore", divide="ignore"):
        detected = sums.nonzero_of(rows) / n[:, None]
    moments = Moments(sums.mean_of(rows), sums.variance_of(rows), detected, n)
    tests = tests_of(group, moments, group.model_control, group.mask)
    return {"variance": moments.variance, "detected": detected, "tests": tests}


def lacks(metric: Metric, answer: Answer) -> str:
    """Say what a metric needs that an answer does not hold; empty where it holds all."""
    for need in sorted(metric.needs & set(LACKS)):
        name, reason = LACKS[need]
        if getattr(answer, name) is None and getattr(answer, INSTEAD.get(need, name)) is None:
            return reason
    return ""
