"""cell-eval: the numbers of the real package, on screens with every edge that it has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from foretell.compat import cell_eval
from foretell.compat.inputs import cells_of
from foretell.core.errors import BadMapping, BadValues, NoControl, UnknownName

TOLERANCE = {"plain": 1e-10, "edges": 1e-10, "single": 1e-6, "counts": 1e-6}


@pytest.mark.parametrize("name", TOLERANCE)
def test_every_metric_is_the_one_of_the_real_package(
    name: str, pair: Any, fixture: Any, compare: Any
) -> None:
    found, expected = cell_eval.score(*pair(name)), fixture("cell_eval", name)
    table = {
        p: {m: v for m, v in row.items() if m != "clustering_agreement"}
        for p, row in expected["table"].items()
    }
    assert compare(found.table, table, TOLERANCE[name]) > 150
    for metric, mean in expected["mean"].items():
        if metric != "clustering_agreement":
            assert np.isclose(found.aggregate(metric), mean, rtol=1e-6, equal_nan=True), metric


@pytest.mark.parametrize("name", TOLERANCE)
def test_the_combined_score_of_the_challenge_is_reproduced(
    name: str, pair: Any, fixture: Any
) -> None:
    real, pred = pair(name)
    user = cell_eval.score(real, pred, profile="vcc")
    base = cell_eval.baseline_scores(real, profile="vcc")
    expected = fixture("cell_eval", name)["combined"]
    assert cell_eval.combined(user, base) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_an_edge_of_every_kind_is_among_the_screens(fixture: Any) -> None:
    rows = [row for name in TOLERANCE for row in fixture("cell_eval", name)["table"].values()]
    assert any(row["de_nsig_counts_real"] == 0 for row in rows)
    assert any(row["de_nsig_counts_real"] > 50 for row in rows)
    assert any(row["de_nsig_counts_pred"] == 0 for row in rows)
    assert any(row["de_direction_match"] is None for row in rows)
    assert any(np.isnan(row["pr_auc"]) for row in rows)


def test_a_profile_scores_its_metrics_only(pair: Any) -> None:
    real, pred = pair("plain")
    assert set(cell_eval.score(real, pred, profile="vcc").table["metric"]) == set(cell_eval.VCC)
    de = set(cell_eval.score(real, pred, profile="de").table["metric"])
    arrays = set(cell_eval.score(real, pred, profile="anndata").table["metric"])
    assert not de & arrays
    assert de | arrays == set(cell_eval.score(real, pred).table["metric"])


def test_the_metric_left_out_is_named(pair: Any) -> None:
    assert cell_eval.score(*pair("plain")).left_out[0][0] == "clustering_agreement"


def test_the_baseline_is_one_constant_cell_over_and_over(pair: Any) -> None:
    truth = cells_of(pair("plain")[0], "target", "non-targeting")
    base = cell_eval.mean_baseline(truth)
    assert np.ptp(base.X[base.labels != base.control], axis=0).max() == 0
    assert base.X[0] == pytest.approx(truth.means.mean(axis=0))  # with the row of the controls
    shift = cell_eval.mean_baseline(truth, as_delta=True).X[0]
    others = [truth.mean(name) for name in truth.perturbations]
    assert shift == pytest.approx(np.mean(others, axis=0) - truth.mean("non-targeting"))


def test_what_cannot_be_compared_is_refused(pair: Any) -> None:
    real, pred = pair("plain")
    with pytest.raises(BadMapping, match="another order"):
        cell_eval.score(real, pred[:, ::-1])
    with pytest.raises(UnknownName, match="G03"):
        cell_eval.score(real, pred[pred.obs["target"] != "G03"])
    with pytest.raises(NoControl, match="did you mean 'non-targeting'"):
        cell_eval.score(real, pred, control="non-targetting")
    with pytest.raises(BadMapping, match="no column 'targt'"):
        cell_eval.score(real, pred, perturbation="targt")
    with pytest.raises(UnknownName, match="no profile"):
        cell_eval.score(real, pred, profile="ful")
    pred.X = pred.X + 20.5
    with pytest.raises(BadValues, match="not log1p"):
        cell_eval.score(real, pred)
    pred.X[0, 0] = np.nan
    with pytest.raises(BadValues, match="not finite"):
        cell_eval.score(real, pred)
