"""Evaluators: all are found, and take the same settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from foretell.compat.evaluators import evaluators, score_as
from foretell.core.errors import BadMapping, UnknownName

SETTINGS = {"perturbation": "target", "control": "non-targeting"}


def test_every_file_that_scores_is_an_evaluator() -> None:
    assert set(evaluators()) == {"cell-eval", "gears", "pereggrn", "scperteval", "systema"}


@pytest.mark.parametrize("name", ["cell-eval", "gears", "pereggrn", "scperteval", "systema"])
def test_the_true_profiles_score_their_best_where_a_metric_has_one(name: str, pair: Any) -> None:
    real, _ = pair("plain")
    more = {"train": ["G03", "G07"]} if name == "systema" else {}
    found = score_as(name, real, real, **SETTINGS, **more)
    errors = found.table[found.table["metric"].str.startswith(("mse", "mae", "wmse"))]
    assert len(errors) > 5
    assert np.abs(errors["value"]).max() < 1e-12
    assert found.evaluator.startswith(evaluators()[name].NAME)


def test_each_says_what_it_does_and_where_we_differ() -> None:
    for module in evaluators().values():
        assert "What it does, and where the native definition differs" in module.__doc__
        assert module.__doc__.count("\n- ") >= 5


def test_an_unknown_evaluator_or_setting_is_named(pair: Any) -> None:
    real, pred = pair("plain")
    with pytest.raises(UnknownName, match="did you mean 'cell-eval'"):
        score_as("cell_eval", real, pred)
    with pytest.raises(BadMapping, match="train"):
        score_as("systema", real, pred, **SETTINGS)
