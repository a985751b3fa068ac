"""Coverage table: one vote per perturbation, thirds of what a reader worries about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foretell.bench.coverage_table import coverage_table
from foretell.core.evaluation import COLUMNS, Evaluation


def evaluation(n: int, contexts: int = 1, **metrics) -> Evaluation:
    """Scores of n perturbations in some contexts; strength grows with the perturbation."""
    rows = [
        {"dataset": "d", "split": "t", "model": "m", "metric": metric, "value": values[i]}
        | {"condition": f"p{i} in {c}", "cluster": f"p{i}", "strength": float(i)}
        for metric, values in metrics.items()
        for i in range(n)
        for c in range(contexts)
    ]
    frame = pd.DataFrame(rows)
    empty = {"str": "", "int64": 0, "float64": np.nan, "bool": False}
    for name, kind in COLUMNS.items():
        if name not in frame:
            frame[name] = empty[kind]
    return Evaluation(frame)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    shares = np.where(np.arange(150) < 100, 0.95, 0.7)
    scores = evaluation(150, contexts=2, coverage=shares, interval_infinite=np.full(150, 0.2))
    return coverage_table(scores, {"m": 0.9}).set_index(["by", "stratum"])


def test_strong_perturbations_that_are_let_down_are_found(table):
    assert table.loc[("all", "all"), "coverage"] == pytest.approx((0.95 * 2 + 0.7) / 3)
    assert table.loc[("strength", "high"), "coverage"] == pytest.approx(0.7)
    assert table.loc[("strength", "high"), "verdict"] == "falls short"
    assert table.loc[("strength", "low"), "verdict"] == "holds"


def test_a_perturbation_votes_once_however_many_contexts_it_was_tested_in(table):
    assert table.loc[("all", "all"), "n"] == 150
    assert table.loc[("strength", "middle"), "n"] == 50


def test_infinite_bands_are_counted_beside(table):
    np.testing.assert_allclose(table["infinite"], 0.2)


def test_below_forty_nothing_is_claimed_and_models_without_bands_have_no_row():
    few = coverage_table(evaluation(39, coverage=np.full(39, 0.9)), {"m": 0.9})
    assert few["low"].isna().all()
    assert few["verdict"].str.contains("nothing is claimed").all()
    assert coverage_table(evaluation(39, coverage=np.full(39, 0.9)), {"other": 0.9}).empty


def test_thirds_of_expression_come_from_their_own_metrics():
    parts = {f"coverage[{k}_expression]": np.full(60, v) for k, v in [("low", 0.8), ("high", 1.0)]}
    table = coverage_table(evaluation(60, coverage=np.full(60, 0.9), **parts), {"m": 0.9})
    by = table[table["by"] == "expression"].set_index("stratum")["coverage"]
    assert by.to_dict() == pytest.approx({"low": 0.8, "high": 1.0})


def test_where_every_band_is_infinite_one_row_says_so():
    none = evaluation(50, coverage=np.full(50, np.nan), interval_infinite=np.ones(50))
    table = coverage_table(none, {"m": 0.9})
    assert table["by"].tolist() == ["all"]
    assert table["infinite"].tolist() == [1.0]
    assert table["verdict"].item() == "every band is infinite: nothing is claimed"
