"""Systema: the numbers of its released functions."""

from __future__ import annotations

from typing import Any

import pytest

from foretell.compat import systema
from foretell.core.errors import BadMapping, EmptySplit, UnknownName

SETTINGS = {"perturbation": "target", "control": "non-targeting"}
RELEASED = ("corr_all_allpert", "corr_20de_allpert", "jaccard", "centroid_accuracy")


@pytest.mark.parametrize("name", ["plain", "edges"])
def test_every_value_is_the_one_of_the_released_functions(
    name: str, pair: Any, fixture: Any, compare: Any
) -> None:
    real, pred = pair(name)
    expected = fixture("systema", name)
    found = systema.score(real, pred, train=expected["train"], **SETTINGS).table
    found = found[found["metric"].isin(RELEASED)]
    assert compare(found, expected["table"], 1e-10) == 4 * 5


def test_errors_do_not_depend_on_the_reference(pair: Any) -> None:
    real, pred = pair("plain")
    wide = systema.score(real, pred, train=["G03", "G07"], **SETTINGS).wide()
    assert (wide["mse_all"] == wide["mse_all_allpert"]).all()
    assert wide["corr_all"].to_numpy() != pytest.approx(wide["corr_all_allpert"].to_numpy())


def test_the_mean_of_the_training_centroids_has_no_correlation_of_its_own(pair: Any) -> None:
    real, pred = pair("plain")
    train = ["G03", "G07"]
    found = systema.score(real, pred, train=train, **SETTINGS)
    assert set(found.table["perturbation"]).isdisjoint(train)


def test_what_cannot_be_compared_is_refused(pair: Any) -> None:
    real, pred = pair("plain")
    with pytest.raises(BadMapping, match="same order"):
        systema.score(real, pred[:, ::-1], train=["G03"], **SETTINGS)
    with pytest.raises(EmptySplit, match="training"):
        systema.score(real, pred, train=[], **SETTINGS)
    with pytest.raises(UnknownName, match="X"):
        systema.score(real, pred, train=["X"], **SETTINGS)
