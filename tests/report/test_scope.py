"""Scope: what is said of a data set follows from its tables."""

from __future__ import annotations

from typing import Any

import pytest

from foretell.report.panels import blocks_of
from foretell.report.scope import scopes


def scope_of(results: Any) -> Any:
    (scope,) = scopes(results, blocks_of(results))
    return scope


def test_an_informative_metric_can_show_who_is_better_than_the_floor(build: Any) -> None:
    (task,) = scope_of(build()).tasks
    assert (
        "who is better than the floor, and how near a repeat comes, by pearson_delta" in task.can[0]
    )
    assert task.cannot == ()


def test_an_uninformative_metric_shows_nothing(build: Any) -> None:
    (task,) = scope_of(build(informative=False)).tasks
    assert task.can == ()
    assert task.cannot[0].startswith("anything by pearson_delta, mse: a repeat is not better")


def test_without_duplicates_nothing_is_said_of_what_could_be_reached(build: Any) -> None:
    (task,) = scope_of(build(ceiling=None)).tasks
    assert "not how much could be reached" in task.can[0]


def test_few_conditions_are_cases(build: Any) -> None:
    (task,) = scope_of(build(n=3)).tasks
    assert task.can == ("3 cases, without a ranking, by pearson_delta, mse",)


def test_a_metric_without_a_value_says_why(build: Any) -> None:
    (task,) = scope_of(build(na="mse")).tasks
    assert task.cannot == ("mse: too few genes (3)",)


@pytest.mark.parametrize(("scale", "is_relative"), [("log1p_cp10k", False), ("log_ratio", True)])
def test_a_relative_scale_is_named_with_its_limit(
    build: Any, scale: str, is_relative: bool
) -> None:
    assert bool(scope_of(build(scale=scale)).limits) == is_relative


def test_notes_and_censoring_of_a_data_set_are_told(build: Any) -> None:
    results = build()
    results.study["datasets"][0] |= {"note": "28 genes.", "censored": "unknown"}
    scope = scope_of(results)
    assert scope.note == "28 genes."
    assert "not tested is masked" in scope.limits[0]
