"""GEARS: the numbers of its own functions, with its own panels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from foretell.compat import gears
from foretell.compat.gears_panels import panels_of
from foretell.compat.inputs import cells_of
from foretell.core.errors import BadMapping, UnknownName

SETTINGS = {"perturbation": "target", "control": "non-targeting"}


@pytest.mark.parametrize("name", ["plain", "edges"])
def test_every_value_is_the_one_of_the_released_functions(
    name: str, pair: Any, fixture: Any, compare: Any
) -> None:
    real, pred = pair(name)
    pred = pred[pred.obs["target"] != "non-targeting"]
    found, expected = gears.score(real, pred, **SETTINGS), fixture("gears", name)
    assert compare(found.table, expected["table"], 1e-9) > 500
    for metric, value in expected["mean"].items():
        assert found.aggregate(metric) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("name", ["plain", "edges"])
def test_the_panels_are_the_ones_of_the_released_functions(
    name: str, pair: Any, fixture: Any
) -> None:
    cells = cells_of(pair(name)[0], **SETTINGS)
    for label, panels in panels_of(cells).items():
        assert list(cells.genes[panels.top_non_dropout]) == fixture("gears", name)["top"][label]


def test_predicted_controls_are_not_looked_at(pair: Any) -> None:
    real, pred = pair("plain")
    without = gears.score(real, pred[pred.obs["target"] != "non-targeting"], **SETTINGS)
    assert gears.score(real, pred, **SETTINGS).table.equals(without.table)


def test_a_perturbation_that_is_not_predicted_is_not_scored(pair: Any) -> None:
    real, pred = pair("plain")
    some = gears.score(real, pred[pred.obs["target"].isin(["G03", "drug"])], **SETTINGS)
    assert set(some.table["perturbation"]) == {"G03", "drug"}


def test_what_cannot_be_compared_is_refused(pair: Any) -> None:
    real, pred = pair("plain")
    with pytest.raises(BadMapping, match="same order"):
        gears.score(real, pred[:, ::-1], **SETTINGS)
    with pytest.raises(UnknownName, match="no real cells of G03"):
        gears.score(real[real.obs["target"] != "G03"], pred, **SETTINGS)
    pred.obs["target"] = np.where(pred.obs["target"] == "G03", "X", pred.obs["target"])
    with pytest.raises(UnknownName, match="X"):
        gears.score(real, pred, **SETTINGS)
