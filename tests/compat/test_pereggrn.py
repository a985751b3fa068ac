"""PEREGGRN: the numbers of its metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from foretell.compat import pereggrn
from foretell.compat.inputs import cells_of
from foretell.core.errors import BadMapping, UnknownName

SETTINGS = {"perturbation": "target", "control": "non-targeting"}


@pytest.mark.parametrize("name", ["plain", "edges"])
def test_every_value_is_the_one_of_the_released_functions(
    name: str, pair: Any, fixture: Any, compare: Any
) -> None:
    real, pred = pair(name)
    pred = pred[pred.obs["target"] != "non-targeting"]
    found = pereggrn.score(real, pred, **SETTINGS)
    assert compare(found.table, fixture("pereggrn", name)["table"], 1e-9) == 8 * 17


def test_its_mse_is_a_sum(pair: Any) -> None:
    wide = pereggrn.score(*pair("plain"), **SETTINGS).wide()
    assert wide["mse_top_100"].to_numpy() == pytest.approx(wide["mse"].to_numpy())  # 60 genes


def test_an_answer_of_no_change_is_scored_as_there(pair: Any) -> None:
    real, pred = pair("plain")
    pred = pred[
        ~pred.obs["target"].duplicated().to_numpy()
    ].copy()  # a mean of copies is not quite the copy
    pred.X = np.tile(cells_of(real, **SETTINGS).mean("non-targeting"), (pred.n_obs, 1))
    wide = pereggrn.score(real, pred, **SETTINGS).wide()
    assert (wide["proportion_correct_direction"] < 0.1).all()
    assert wide["fc_targets_vs_non_targets"].isna().all()


def test_figures_weigh_by_the_number_of_observations(pair: Any) -> None:
    real, pred = pair("plain")
    found = pereggrn.score(real, pred, **SETTINGS)
    wide, n = found.wide()["mae"], real.obs["target"].value_counts()
    expected = np.average(wide, weights=n[wide.index])
    assert found.aggregate("mae", "weighted_mean") == pytest.approx(expected)


def test_what_cannot_be_compared_is_refused(pair: Any) -> None:
    real, pred = pair("plain")
    with pytest.raises(BadMapping, match="same order"):
        pereggrn.score(real, pred[:, ::-1], **SETTINGS)
    with pytest.raises(UnknownName, match="both real and predicted"):
        pereggrn.score(real, pred[pred.obs["target"] == "non-targeting"], **SETTINGS)
