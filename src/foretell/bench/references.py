"""References: answers that may see the truth, and therefore are never models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from foretell.bench.groups import Group
from foretell.bench.measured import tests_of
from foretell.bench.populations import moved_controls
from foretell.core.gene_tests import GeneTests
from foretell.core.metric import Answer

__all__ = ["CEILING", "COUNTS", "INTERPOLATED", "REFERENCES", "reference_answers"]

CEILING = "technical duplicate"
INTERPOLATED = "interpolated duplicate"
COUNTS = "cell counts only"
REFERENCES = (CEILING, INTERPOLATED, COUNTS)
ASKING_FOR_TESTS = frozenset({"predicted_tests", "calls"})
MIN_TRAINED = 8  # training conditions, below which a regression on counts says nothing

AnswerOf = Callable[[int], Answer]


def reference_answers(group: Group) -> dict[str, AnswerOf]:
    """Return the answer of every reference, by half."""
    found: dict[str, AnswerOf] = {
        CEILING: lambda half: technical_duplicate(group, half),
        INTERPOLATED: lambda half: interpolated_duplicate(group, half),
    }
    counts = _counts_only(group)
    return found | {COUNTS: lambda _: counts}


def technical_duplicate(group: Group, half: int) -> Answer:
    """Return the other half of the same held-out observations.

    The ceiling of every metric: the same experiment, measured again at the same depth, with the
    ``model`` half of the controls. NaN where a condition has one observation.
    """
    other = group.fold.truth.other(half, group.rows)
    answer = _answer(group, other.mean)
    if not group.truth_control.n:
        return answer
    tests = _tests(group, half) if group.fold.rules.needs & ASKING_FOR_TESTS else None
    return replace(
        answer,
        variance=other.variance,
        detected=other.detected,
        tests=tests,
        calls=None if tests is None else tests.called,
        call_fdr=None if tests is None else tests.fdr,
        **_cells(group, half),
    )


def interpolated_duplicate(group: Group, half: int) -> Answer:
    """Return a duplicate that keeps what its own test finds, and is the training mean elsewhere.

    alpha duplicate + (1 - alpha) training mean, with alpha = 1 - q of the test of the duplicate
    against the ``model`` half of the controls: a measurement with the noise of unmoved genes
    taken out, and so a ceiling that a good model can be expected to reach.

    Source: scperteval2026.
    """
    other = group.fold.truth.other(half, group.rows)
    reference = group.references[1]
    if not group.model_control.n:
        return _answer(group, np.full(other.mean.shape, np.nan))
    q = _tests(group, half).q
    alpha = 1.0 - np.nan_to_num(q, nan=1.0)
    mean = alpha * other.mean + (1.0 - alpha) * reference
    tested = np.isfinite(q).any(axis=1)  # a single observation cannot be tested
    return _answer(group, np.where(tested[:, None], mean, np.nan))


@lru_cache(maxsize=2)
def _tests(group: Group, half: int) -> GeneTests:
    """Test the duplicate against the ``model`` half of the controls; remembered for both."""
    other = group.fold.truth.other(half, group.rows)
    return tests_of(group, other, group.model_control, group.mask & np.isfinite(other.mean))


def _counts_only(group: Group) -> Answer:
    """Return what numbers of cells and sums of profiles tell about a shift, and nothing else.

    Training shifts are regressed on log n and on the sum of the profile; the regression answers
    for the held-out conditions' own n and sum, which no model may see. Where it scores well, a
    metric rewards viability and depth.
    """
    train, held = group.fold.train, group.fold.truth
    n, g = len(group.rows), held.mean.shape[1]
    here = np.array([c.context == group.context for c in train.conditions], dtype=bool)
    if here.sum() < MIN_TRAINED or not group.model_control.n:
        return _answer(group, np.full((n, g), np.nan))
    design = _covariates(train.n[here], np.nan_to_num(train.Y[here]))
    asked = _covariates(held.n[group.rows], np.nan_to_num(held.mean[group.rows]))
    centre, spread = design.mean(axis=0), design.std(axis=0)
    spread = np.where(spread > 0, spread, np.inf)  # a covariate that does not vary says nothing
    design = np.column_stack([np.ones(len(design)), (design - centre) / spread])
    asked = np.column_stack([np.ones(len(asked)), (asked - centre) / spread])
    shifts = np.nan_to_num(train.Y[here]) - group.model_control.mean
    B = np.linalg.lstsq(design, shifts, rcond=None)[0]  # (3, g)
    return _answer(group, group.model_control.mean + asked @ B)


def _covariates(n: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return np.column_stack([np.log(np.maximum(n, 1)), Y.sum(axis=1)])


def _answer(group: Group, mean: np.ndarray) -> Answer:
    """Return an answer of means; its cells are controls that were moved."""
    control, held = group.model_control.mean, group.fold.cells
    parts: dict[str, Any] = {"pool": mean - control, "own": np.arange(len(mean))}
    if held is not None:
        cells, panel = moved_controls(np.nan_to_num(mean) - control, held, group.context)
        parts |= {"cells": cells, "panel": panel}
    return Answer(mean, control, group.references[1], **parts)


def _cells(group: Group, half: int) -> dict[str, Any]:
    held = group.fold.cells
    if held is None:
        return {}
    cells, panel = held.population(group.rows, group.context, "model", ~held.first[half])
    return {"cells": cells, "panel": panel}
