"""Clauses for metrics: direction, best and chance are what they are declared to be."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from foretell.contract.agreement import agree, changed, snapshot
from foretell.contract.errors import require
from foretell.contract.references import require_known
from foretell.contract.truths import (
    MASKED,
    calibrated,
    chance_of,
    example_for,
    noisy,
    perfect,
    redrawn,
    shifted,
    take,
)
from foretell.core.metric import NEEDS, Answer, Metric, Truth

__all__ = [
    "check_condition_order_irrelevant",
    "check_conditions_independent",
    "check_gene_order_irrelevant",
    "check_inputs_untouched",
    "check_masked_genes_cannot_matter",
    "check_needs_as_declared",
    "check_no_change_scores_chance",
    "check_noise_does_not_improve",
    "check_perfect_scores_best",
    "check_record_is_complete",
    "check_reference_is_as_declared",
    "check_references_resolve",
    "check_undefined_is_nan",
]

ROUNDING = 1e-12
BANDS, NARROW = {"interval", "sd"}, 1e-13  # the best band is as narrow as numbers allow
# what a truth and an answer hold for each need
OF_TRUTH = {
    "variance": ("variance", "detected", "control_variance"),
    "pool": ("pool", "own", "pool_mask"),
    "tests": ("tests",),
    "cells": ("cells",),
    "panel": ("panel",),
    "train": ("train",),
    "parts": ("parts", "part_shifts"),
    "gene_sets": ("gene_sets",),
    "phenotypes": ("phenotypes",),
}
OF_ANSWER = {
    "predicted_pool": ("pool", "own"),
    "predicted_tests": ("tests",),
    "cells": ("cells",),
    "panel": ("panel",),
    "sampled": ("variance", "detected"),
    "interval": ("lower", "upper", "coverage"),
    "sd": ("sd", "lower", "upper", "coverage"),
    "calls": ("calls", "call_fdr"),
    "confidence": ("confidence", "sd", "lower", "upper", "coverage"),
}
BY_GENE = ("mean", "pool", "lower", "upper", "sd", "variance", "detected")  # of an answer
LEVELS = ("condition", "gene", "dataset", "network")
CHANCES = ("prevalence", "top_share", "pool_share", None)
DRAWS, WITHIN = 40, 4.0  # samples of fresh cells, and how many standard errors from the best


def _of_conditions(clause: Callable[[Metric], None]) -> Callable[[Metric], None]:
    """Leave networks out: they have clauses of their own, in `network_metrics`."""

    @wraps(clause)
    def kept(metric: Metric) -> None:
        if metric.level != "network":
            clause(metric)

    return kept


@_of_conditions
def check_record_is_complete(metric: Metric) -> None:
    """Require formula, docstring, level, needs, and a best value on the right side of chance."""
    chance = metric.chance
    is_number = isinstance(chance, (int, float))
    wrong = {
        "formula": not metric.formula,
        "docstring": not inspect.getdoc(metric.score),
        f"level (one of {LEVELS})": metric.level not in LEVELS,
        f"needs (of {tuple(NEEDS)})": not metric.needs <= set(NEEDS),
        "best (finite)": not np.isfinite(metric.best),
        f"chance (a number, or one of {CHANCES})": not is_number and chance not in CHANCES,
        "direction (a description has no level of chance)": metric.higher_is_better is None
        and chance is not None,
        "direction (best lies on the wrong side of chance)": isinstance(chance, (int, float))
        and (metric.best > chance) != metric.higher_is_better,
    }
    found = [what for what, is_wrong in wrong.items() if is_wrong]
    require(not found, f"the record needs {'; '.join(found)}", "see `foretell.core.metric.metric`")


def check_references_resolve(metric: Metric) -> None:
    """Require that the declared reference is in the bibliography."""
    require_known([metric.reference] if metric.reference else [])


@_of_conditions
def check_perfect_scores_best(metric: Metric) -> None:
    """Require `best` for an answer that equals the truth, or for fresh cells of it on average."""
    if metric.best_is_expected:
        _require_best_on_average(metric)
        return
    truth = example_for(metric)
    scores = metric(truth, perfect(truth, NARROW) if metric.needs & BANDS else perfect(truth))
    require(
        scores.shape == (len(truth.mean),) and np.abs(scores - metric.best).max() <= ROUNDING,
        f"{_show(scores)} for the true shift itself, best = {metric.best:g}",
        "declare the best value, or correct the formula",
    )


def _require_best_on_average(metric: Metric) -> None:
    """Require `best` within the error of a few draws; with sd, of errors as large as said."""
    truth, rng = example_for(metric), np.random.default_rng(0)
    draws = [
        float(np.mean(metric(redrawn(truth, rng), _ideal(metric, redrawn(truth, rng), rng))))
        for _ in range(DRAWS)
    ]
    error = float(np.std(draws, ddof=1)) / np.sqrt(DRAWS)
    allowed = 1.0 / np.sqrt(truth.mask.sum()) if metric.needs & BANDS else WITHIN * error
    require(
        abs(float(np.mean(draws)) - metric.best) <= allowed,
        f"{np.mean(draws):.3g} +- {error:.2g} for fresh samples of the truth, best = "
        f"{metric.best:g}",
        "declare the best value, or correct the formula",
    )


def _ideal(metric: Metric, truth: Truth, rng: np.random.Generator) -> Answer:
    """Return the answer that is to be best: the truth, or one that errs by as much as it says."""
    if metric.best_is_expected and metric.needs & BANDS:
        return calibrated(truth, rng)
    return perfect(truth)


@_of_conditions
def check_no_change_scores_chance(metric: Metric) -> None:
    """Require exactly the chance level for a zero and for a constant shift."""
    truth = example_for(metric)
    truth = replace(truth, reference=truth.control)
    expected = chance_of(metric, truth)
    for shift in (0.0, 0.3):
        scores = metric(truth, shifted(truth, shift))
        require(
            expected is None or np.abs(scores - expected).max() <= ROUNDING,
            f"{_show(scores)} for a shift of {shift} everywhere, chance = {metric.chance}",
            "an uninformative answer scores chance by definition: treat it as a total tie",
        )


@_of_conditions
def check_gene_order_irrelevant(metric: Metric) -> None:
    """Require the same scores with the genes in another order."""
    truth, answer = _noisy_example(metric)
    order = np.random.default_rng(0).permutation(truth.mean.shape[1])
    again = metric(take(truth, genes=order), take(answer, genes=order))
    _require_same(metric(truth, answer), again, "with the genes in another order")


@_of_conditions
def check_condition_order_irrelevant(metric: Metric) -> None:
    """Require the same score per condition with the conditions in another order."""
    truth, answer = _noisy_example(metric)
    order = np.random.default_rng(0).permutation(len(truth.mean))
    again = metric(take(truth, conditions=order), take(answer, conditions=order))
    _require_same(metric(truth, answer)[order], again, "with the conditions in another order")


@_of_conditions
def check_conditions_independent(metric: Metric) -> None:
    """Require the same score for a condition that is scored alone, given the same competitors.

    A statistic of all conditions (level ``gene`` or ``dataset``) is exempt.
    """
    if metric.level != "condition":
        return
    truth, answer = _noisy_example(metric)
    some = np.array([2, 5])
    again = metric(take(truth, conditions=some), take(answer, conditions=some))
    _require_same(metric(truth, answer)[some], again, "with fewer conditions")


@_of_conditions
def check_masked_genes_cannot_matter(metric: Metric) -> None:
    """Require the same scores whatever is predicted for genes that do not count."""
    truth, answer = _noisy_example(metric)
    rng = np.random.default_rng(0)
    hidden = np.arange(truth.mean.shape[1]) < MASKED
    other = {
        name: np.where(hidden, rng.normal(size=given.shape), given)
        for name in BY_GENE
        if (given := getattr(answer, name)) is not None
    }
    if answer.calls is not None:
        other["calls"] = answer.calls ^ hidden
    again = metric(truth, replace(answer, **other))
    _require_same(metric(truth, answer), again, "when masked genes are predicted otherwise")


@_of_conditions
def check_noise_does_not_improve(metric: Metric) -> None:
    """Require that scores get worse, on average, the more noise is added to the truth.

    A description, which has no direction, is exempt.
    """
    if metric.higher_is_better is None:
        return
    truth = example_for(metric)
    rng = np.random.default_rng(0)
    levels = (0.0, 0.3, 3.0)
    means = [
        float(np.mean([metric(truth, _noised(metric, truth, size, rng)) for _ in range(20)]))
        for size in levels
    ]
    falling = np.diff(means) * (1 if metric.higher_is_better else -1)
    require(
        (falling <= ROUNDING).all() and falling[-1] < 0,
        f"mean scores {[round(m, 3) for m in means]} with noise {levels}",
        "the declared direction must agree with the formula",
    )


def _noised(metric: Metric, truth: Truth, size: float, rng: np.random.Generator) -> Answer:
    return noisy(_ideal(metric, truth, rng), size, rng)


@_of_conditions
def check_undefined_is_nan(metric: Metric) -> None:
    """Require no error for one condition or one gene, and NaN where every gene is masked."""
    truth, answer = _noisy_example(metric)
    one, last = np.array([0]), np.array([truth.mean.shape[1] - 1])
    for what in ({"conditions": one}, {"genes": last}, {"conditions": one, "genes": last}):
        scores = metric(take(truth, **what), take(answer, **what))
        n = 1 if "conditions" in what else len(truth.mean)
        require(
            scores.shape == (n,) and not np.isinf(scores).any(),
            f"scores {scores} for one of {', '.join(what)}",
            "return one number or NaN per condition",
        )
    nothing = replace(
        truth, mask=np.zeros_like(truth.mask), pool_mask=np.zeros(truth.mean.shape[1], dtype=bool)
    )
    scores = metric(nothing, answer)
    require(
        np.isnan(scores).all(),
        f"{_show(scores)} where no gene counts",
        "an empty set has no score: return NaN, which is excluded and counted",
    )


@_of_conditions
def check_needs_as_declared(metric: Metric) -> None:
    """Require the same scores without the parts of the truth that are not declared in `needs`."""
    truth, answer = _noisy_example(metric)
    spare = _spare(OF_TRUTH, metric), _spare(OF_ANSWER, metric)
    again = metric(
        Truth(**vars(truth) | dict.fromkeys(spare[0])),
        Answer(**vars(answer) | dict.fromkeys(spare[1])),
    )
    _require_same(metric(truth, answer), again, f"without {', '.join(spare[0] + spare[1])}")


def _spare(fields: dict[str, tuple[str, ...]], metric: Metric) -> list[str]:
    """Fields that no declared need asks for."""
    needed = {name for need in metric.needs for name in fields.get(need, ())}
    return sorted({name for names in fields.values() for name in names} - needed)


@_of_conditions
def check_reference_is_as_declared(metric: Metric) -> None:
    """Require that controls do not matter to a metric that does not refer to them."""
    if metric.refers_to == "control":
        return
    truth, answer = _noisy_example(metric)
    by = np.random.default_rng(0).normal(size=truth.control.shape)
    moved = _less(truth, by, pool=1, train=1, part_shifts=1, parts=2)
    other = replace(truth, control=truth.control + by, **moved)
    again = metric(other, replace(answer, control=answer.control + by, **_less(answer, by, pool=1)))
    _require_same(metric(truth, answer), again, "with other controls on both sides")
    if metric.refers_to == "nothing":
        again = metric(truth, replace(answer, reference=answer.reference + by))
        _require_same(metric(truth, answer), again, "with another mean of the training conditions")


def _less(side: Truth | Answer, by: np.ndarray, **times: int) -> dict[str, Any]:
    """Return shifts that are taken from controls which lie higher."""
    found = {name: getattr(side, name) for name in times}
    return {name: x - times[name] * by for name, x in found.items() if x is not None}


@_of_conditions
def check_inputs_untouched(metric: Metric) -> None:
    """Require that truth and answer stay as they were."""
    given = _noisy_example(metric)
    before = snapshot(given)
    metric(*given)
    found = changed(before, snapshot(given))
    require(not found, f"scoring changed {found} (0 = truth, 1 = answer)", "work on copies")


def _noisy_example(metric: Metric) -> tuple[Truth, Answer]:
    truth = example_for(metric)
    return truth, noisy(perfect(truth), 0.3, np.random.default_rng(1))


def _require_same(first: np.ndarray, second: np.ndarray, when: str) -> None:
    same = agree(first, second, ROUNDING)
    require(
        same,
        f"{_show(first)} becomes {_show(second)} {when}",
        "let the score of a condition depend on its own counted genes, and on nothing else",
    )


def _show(scores: np.ndarray) -> str:
    return f"[{', '.join(f'{score:.4g}' for score in scores[:3])}, ...]"
