"""Target moved: against the formula, for every kind, and honest where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from foretell.analysis.quality.target_moved import target_moved
from foretell.data.filters.evidence import log_view
from foretell.stats.multiplicity import benjamini_hochberg


def test_changes_and_tests_are_those_of_the_formula(planted):
    data = planted(n=25, n_control=50)
    table = target_moved(data).set_index("target")
    X = log_view(data, None).values().toarray()
    plain = np.expm1(X)
    genes = list(data.genes)
    label = data.obs["perturbation"].to_numpy()
    for target, row in table.iterrows():
        j = genes.index(target)
        a, b = X[label == target, j], X[label == "control", j]
        assert row["log_fold_change"] == pytest.approx(a.mean() - b.mean())
        assert row["t"] == pytest.approx(ttest_ind(a, b).statistic)
        expected = plain[label == target, j].mean() / plain[label == "control", j].mean()
        assert row["remaining"] == pytest.approx(expected)
    np.testing.assert_allclose(table["q"], benjamini_hochberg(table["p"]))
    assert table["moved"].to_dict() == {"G0": True, "G1": True, "G2": False, "G3": False}


def test_the_expected_direction_follows_the_kind(planted):
    up = target_moved(planted(kind="overexpression"))
    assert set(up["expected"]) == {"up"}
    assert not up["moved"].any()
    assert up["as_expected"][0] is False
    none = target_moved(planted(kind="compound"))
    assert none["moved"].isna().all()
    assert none["reason"].str.contains("a compound says nothing").all()
    assert np.isfinite(none["log_fold_change"]).all()


def test_combinations_have_a_row_per_target_and_what_is_not_measured_is_counted(
    make_adata, make_dataset
):
    adata = make_adata(["G0+zzz", "G1"], n=10, n_control=20)
    table = target_moved(make_dataset(adata, {"kind": "interference"}))
    assert list(table["target"]) == ["G0", "zzz", "G1"]
    assert list(table["status"]) == ["ok", "n/a", "ok"]
    assert table["reason"][1] == "not measured"


def test_a_relative_value_is_the_change_itself(relative):
    table = target_moved(relative).set_index("target")
    assert table.loc["G0", "log_fold_change"] == -2.0
    assert table.loc["G0", "as_expected"] is True
    assert table.loc["G0", "moved"] is None
    assert table.loc["G0", "reason"] == "no control observations, so no test"
    assert table.loc["G2", "reason"] == "not measured"  # NaN in its own sample
    assert table.loc["zzz", "reason"] == "not measured"


def test_a_few_empty_cells_prove_nothing(make_adata, make_dataset):
    """Three cells without a count of a rare gene: their own variance is 0, and means nothing."""
    adata = make_adata(["G0"], n=3, n_control=400, dense=True)
    rng = np.random.default_rng(0)
    adata.X[:, 0] = rng.random(len(adata)) < 0.08
    adata.X[-3:, 0] = 0
    table = target_moved(make_dataset(adata, {"kind": "knockout"}))
    assert table["as_expected"][0] is True
    assert table["p"][0] > 0.05
    assert table["moved"][0] is False


def test_single_samples_have_a_change_and_no_test(planted):
    table = target_moved(planted(n=1, n_control=10, observation="samples", blocks=()))
    assert np.isfinite(table["log_fold_change"]).all()
    assert table["reason"].str.contains("fewer than 2").all()
