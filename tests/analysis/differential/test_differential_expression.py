"""Differential expression: every test on one screen, in memory and on disk, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.stats import mannwhitneyu, ttest_ind

import foretell
from foretell.analysis.differential.differential_expression import TESTS, differential_expression
from foretell.core.errors import BadMapping, BadValues, UnknownName
from foretell.data.filters.evidence import log_view
from foretell.stats.multiplicity import benjamini_hochberg
from foretell.stats.permutation_tests import permutation_tests

CELL_TESTS = [name for name in TESTS if name != "negative_binomial"]
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def screen(make_adata: Make) -> anndata.AnnData:
    """Two contexts; G0 in A, and G1 in B, are knocked out; G5 rises in A in one context only."""
    adata = make_adata(["G0", "G1", "G0+G1", "G4"], n=30, n_control=60, contexts=("x", "y"))
    X, label = adata.X.toarray(), adata.obs["perturbation"].to_numpy()
    for j, gene in enumerate(("G0", "G1")):
        X[[gene in name for name in label], j] = 0.0
    X[(label == "G0") & (adata.obs["cell_type"] == "y"), 5] += 6.0
    adata.X = sp.csr_matrix(X)
    return adata


def by_label(table: Any) -> dict[str, int]:
    return {label: k for k, label in enumerate(table.labels)}


@pytest.mark.parametrize("test", CELL_TESTS)
def test_every_test_finds_what_was_planted(screen: Any, make_dataset: Make, test: str) -> None:
    table = differential_expression(make_dataset(screen), test, draws=999)
    at = by_label(table)
    assert len(at) == 8
    for context in "xy":
        k = at[f"G0+G1 in {context}"]
        assert set(table.genes[table.called[k]]) >= {"G0", "G1"}
        assert (table.lfc[k, :2] < -1).all()
        assert (table.statistic[k, :2] < 0).all()
        np.testing.assert_array_equal(table.on_target[k], np.arange(8) < 2)
    assert table.called[at["G0 in y"], 5]
    assert not table.called[at["G0 in x"], 5]
    assert table.statistic[at["G0 in y"], 5] > 0
    assert table.called[[at["G4 in x"], at["G4 in y"]]].sum() <= 1
    np.testing.assert_array_equal(table.n, 30)
    np.testing.assert_array_equal(table.control_n, 60)
    assert table.reasons == ("",) * 8


def test_ranks_are_scipys_within_each_context(screen: Any, make_dataset: Make) -> None:
    data = make_dataset(screen)
    table = differential_expression(data, "wilcoxon")
    X, obs = log_view(data, None).values().toarray(), screen.obs
    for k, condition in enumerate(table.conditions):
        here = (obs["cell_type"] == dict(condition.context.items)["cell_type"]).to_numpy()
        name = "+".join(sorted(condition.perturbation.targets))
        treated = here & (obs["perturbation"] == name).to_numpy()
        control = here & (obs["perturbation"] == "control").to_numpy()
        p = mannwhitneyu(X[treated], X[control], method="asymptotic").pvalue
        np.testing.assert_allclose(table.p[k], p, rtol=1e-12)
        np.testing.assert_allclose(table.q[k], benjamini_hochberg(p), rtol=1e-12)
        np.testing.assert_allclose(table.mean[k], X[treated].mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(table.control_mean[k], X[control].mean(axis=0), rtol=1e-6)
        plain = differential_expression(data, "welch").p[k]
        theirs = ttest_ind(X[treated], X[control], equal_var=False).pvalue
        np.testing.assert_allclose(plain, theirs, rtol=1e-4)  # moments of float32 values


@pytest.mark.parametrize("test", CELL_TESTS)
def test_a_file_on_disk_gives_the_same_table(screen: Any, tmp_path: Path, test: str) -> None:
    screen.write_h5ad(tmp_path / "screen.h5ad")
    columns = {"context": "cell_type", "blocks": "batch", "scale": "counts"}
    tables = []
    for on_disk in (False, True):
        data = foretell.load(tmp_path / "screen.h5ad", on_disk=on_disk, **columns)
        tables.append(differential_expression(data, test, draws=199, bucket_values=500))
    for name in ("statistic", "p", "q", "lfc", "mean", "control_mean"):
        np.testing.assert_allclose(getattr(tables[0], name), getattr(tables[1], name), rtol=1e-12)


def test_values_that_need_no_step_are_read_where_they_lie(
    screen: Any, make_dataset: Make, tmp_path: Path
) -> None:
    logged = screen.copy()
    logged.X = logged.X.log1p()
    memory = differential_expression(make_dataset(logged, {"scale": "log1p"}))
    logged.write_h5ad(tmp_path / "logged.h5ad")
    columns = {"context": "cell_type", "blocks": "batch", "scale": "log1p"}
    data = foretell.load(tmp_path / "logged.h5ad", on_disk=True, **columns)
    disk = differential_expression(data, bucket_values=300)
    np.testing.assert_array_equal(memory.p, disk.p)
    part = differential_expression(data.take(np.arange(data.n_obs) % 3 > 0))
    assert (part.n == 20).all()
    assert memory.scale == "log1p"


def test_fold_changes_are_those_that_were_asked_for(screen: Any, make_dataset: Make) -> None:
    data = make_dataset(screen)
    X = log_view(data, None).values().toarray()
    treated = ((screen.obs["perturbation"] == "G4") & (screen.obs["cell_type"] == "x")).to_numpy()
    control = screen.obs["perturbation"] == "control"
    control = (control & (screen.obs["cell_type"] == "x")).to_numpy()
    a, b = X[treated], X[control]
    expected = {
        "log_difference": (a.mean(0) - b.mean(0)) / np.log(2),
        "ratio_of_means": np.log2((np.expm1(a).mean(0) + 1) / (np.expm1(b).mean(0) + 1)),
        "ratio_of_geometric_means": np.log2(np.expm1(a.mean(0)) / np.expm1(b.mean(0))),
    }
    for name, lfc in expected.items():
        table = differential_expression(data, "pooled", fold_change=name)
        np.testing.assert_allclose(table.lfc[by_label(table)["G4 in x"]], lfc, rtol=1e-4, atol=1e-5)
        assert table.tests.lfc_definition
    table = differential_expression(data, fold_change="ratio_of_means", pseudocount=0.5)
    assert "0.5" in table.tests.lfc_definition


def test_permutations_stay_within_batches(screen: Any, make_dataset: Make) -> None:
    shifted = screen.copy()
    late = (shifted.obs["batch"] == "b1").to_numpy()
    keep = np.ones(len(late), bool)  # treated cells mostly come from the batch that is shifted
    treated = (shifted.obs["perturbation"] == "G4").to_numpy()
    early = np.flatnonzero(treated & ~late)
    keep[early[np.arange(len(early)) % 5 > 0]] = False
    X = shifted.X.toarray()
    X[late, 6] += 9
    shifted.X = X
    shifted = shifted[keep].copy()
    settings = {"draws": 999}
    blocked = differential_expression(make_dataset(shifted), "permutation", **settings)
    blind = make_dataset(shifted, {"blocks": []})
    plain = differential_expression(blind, "permutation", **settings)
    k = by_label(blocked)["G4 in x"]
    assert plain.p[k, 6] < 0.5 * blocked.p[k, 6]
    again = differential_expression(make_dataset(shifted), "permutation", **settings)
    np.testing.assert_array_equal(again.p, blocked.p)
    other = differential_expression(make_dataset(shifted), "permutation", seed=1, **settings)
    assert not np.array_equal(other.p, blocked.p)


def test_the_permutation_test_is_the_one_of_stats(screen: Any, make_dataset: Make) -> None:
    from foretell.core.seeds import rng_for

    data = make_dataset(screen, {"blocks": []})
    table = differential_expression(data, "permutation", draws=99)
    X, k = log_view(data, None).values(), by_label(table)["G1 in y"]
    here = (screen.obs["cell_type"] == "y").to_numpy()
    rows = [
        np.flatnonzero(here & (screen.obs["perturbation"] == name).to_numpy())
        for name in ("G1", "control")
    ]
    rng = rng_for(test="genes", dataset=data.name, condition=table.conditions[k], seed=0)
    expected = permutation_tests(X[rows[0]], X[rows[1]], 99, rng, tuple(r * 0 for r in rows))
    np.testing.assert_array_equal(table.p[k], expected.p)


def test_a_relative_scale_is_refused_with_the_reason(make_dataset: Make) -> None:
    with pytest.raises(BadMapping, match="differences from controls"):
        differential_expression(make_dataset(scale="z"))


def test_intensities_are_compared_as_they_are(make_dataset: Make, screen: Any) -> None:
    data = make_dataset(screen, {"scale": "intensity"})
    table = differential_expression(data, "moderated")
    assert "no logarithm" in table.tests.lfc_definition
    np.testing.assert_allclose(table.lfc, table.mean - table.control_mean)
    with pytest.raises(BadMapping, match="do not have"):
        differential_expression(data, fold_change="ratio_of_means")


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"test": "wilcoxn"}, UnknownName, "did you mean 'wilcoxon'"),
        ({"fold_change": "ratio"}, UnknownName, "no fold change 'ratio'"),
        ({"fdr": 1.5}, BadValues, "between 0 and 1"),
    ],
)
def test_wrong_settings_are_explained(
    make_dataset: Make, settings: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        differential_expression(make_dataset(), **settings)


def test_conditions_that_cannot_be_tested_say_why(make_dataset: Make, screen: Any) -> None:
    data = make_dataset(screen)
    is_g4 = np.array([c.perturbation.targets == ("G4",) for c in data.conditions])[data.codes]
    first = np.flatnonzero(is_g4)
    single = data.take(np.setdiff1d(np.arange(data.n_obs), first[1:30]))
    table = differential_expression(single, "moderated")
    k = int(np.flatnonzero(table.n == 1)[0])
    assert "the test needs 2 of each" in table.reasons[k]
    assert np.isnan(table.p[k]).all()
    assert not np.isnan(differential_expression(single, "wilcoxon").p[k]).any()
    without = data.subset(c for c in data.present if not (c.is_control and "x" in str(c.context)))
    table = differential_expression(without)
    assert set(table.reasons) == {"", "its context has no controls"}
    assert not table.to_frame().empty


def test_a_screen_without_perturbations_has_an_empty_table(make_dataset: Make) -> None:
    table = differential_expression(make_dataset().controls())
    assert table.p.shape == (0, 8)
    assert table.to_frame().empty
    assert table.summary().empty


def test_real_ko_targets_go_down(data_file: Callable[[str], Path]) -> None:
    file = data_file("crispr_papalexi2021_eccite_299genes")
    table = differential_expression(foretell.load(file, on_disk=True, scale="counts"))
    found = table.summary().set_index("condition")
    for gene in ("STAT1", "JAK2", "IFNGR2", "CMTM6"):
        row = found[found["target"] == gene].iloc[0]
        assert row["target_direction"] == "down"
        assert row["target_q"] < 1e-10
    assert found["called"].max() > 50
