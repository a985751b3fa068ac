"""E-distances of a screen: slow loops, planted truth, and nothing where there is nothing."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import false_discovery_control, kstest

from foretell.analysis.distances.edistance import _holm, edistance_table, etest
from foretell.analysis.distances.space import points
from foretell.core.errors import BadValues, UnknownName
from foretell.data.filters.evidence import log_view


def slow(X, data, condition):
    """U and V of a condition and the controls of its context."""
    of = np.array([data.conditions[k] for k in data.codes])
    x = X[[c == condition for c in of]]
    y = X[[c.is_control and c.context == condition.context for c in of]]
    A, B, C = cdist(x, x), cdist(y, y), cdist(x, y)
    n, m = len(x), len(y)
    v = 2 * C.mean() - A.mean() - B.mean()
    return 2 * C.mean() - A.sum() / (n * (n - 1)) - B.sum() / (m * (m - 1)), v


@pytest.mark.parametrize("space", ["genes", "pca"])
def test_distances_are_those_of_a_slow_loop(planted, space):
    data = planted(n=25, n_control=40, contexts=("x", "y"))
    table = edistance_table(data, space, n_components=100)  # more axes than genes: all is kept
    X = log_view(data).values().toarray()[:, 4:]  # without G0 to G3, which are targeted
    for i, condition in enumerate(data.perturbed):
        u, v = slow(X, data, condition)
        assert table["edistance"][i] == pytest.approx(u, abs=2e-4)
        assert table["edistance_v"][i] == pytest.approx(v, abs=2e-4)
        assert (table["n"][i], table["n_control"][i]) == (25, 40)
    assert set(table["status"]) == {"ok"}


def test_the_targeted_genes_count_only_where_asked_for(planted):
    data = planted(n=25, n_control=40)
    X = log_view(data).values().toarray()
    table = edistance_table(data, "genes", keep_targets=True)
    for i, condition in enumerate(data.perturbed):
        assert table["edistance"][i] == pytest.approx(slow(X, data, condition)[0], abs=2e-4)
    assert points(data, "genes").shape[1] == X.shape[1] - 4


def test_planted_effects_are_found_in_their_order(planted):
    table = etest(planted(contexts=("x", "y")), draws=199, n_components=10)
    for _, rows in table.groupby("context"):
        assert list(rows["significant"]) == [True, True, False, False]
        assert rows["edistance"].iloc[0] > rows["edistance"].iloc[1] > rows["edistance"].iloc[2]
    np.testing.assert_allclose(table["q"], false_discovery_control(table["p"]))
    assert (table["p_holm"] >= table["q"]).all()


def test_p_values_without_any_effect_are_uniform(planted):
    p = []
    for seed in range(30):
        data = planted(seed=seed, n=12, n_control=30)
        null = data.subset(
            [c for c in data.present if not {"G0", "G1"} & set(c.perturbation.targets)]
        )
        p += etest(null, draws=99, seed=seed, n_components=10)["p"].tolist()
    smeared = np.array(p) - np.random.default_rng(0).random(len(p)) / 100
    assert kstest(smeared, "uniform").pvalue > 0.01


def test_few_cells_do_not_look_far_by_u(planted):
    u, v = {}, {}
    for n in (6, 60):
        tables = [edistance_table(planted(seed=s, n=n), n_components=10) for s in range(12)]
        u[n] = np.mean([t["edistance"][3] for t in tables])
        v[n] = np.mean([t["edistance_v"][3] for t in tables])
    assert v[6] > 4 * v[60]
    assert abs(u[6]) < 0.2 * v[6]


def test_a_batch_that_holds_more_of_one_group_is_no_effect(planted):
    def skewed(adata):
        rng = np.random.default_rng(3)
        control = (adata.obs["perturbation"] == "control").to_numpy()
        in_b = rng.random(len(control)) < np.where(control, 0.2, 0.8)
        adata.obs["batch"] = np.where(in_b, "b1", "b0")
        X = adata.X.toarray()
        X[in_b] += rng.poisson(4.0, X[in_b].shape) * (np.arange(X.shape[1]) % 2)
        return anndata.AnnData(X, obs=adata.obs, var=adata.var)

    data = planted(adata=skewed)
    within = etest(data, draws=199, n_components=10)
    assert list(within["significant"])[2:] == [False, False]
    blind = etest(planted(adata=skewed, blocks=[]), draws=199, n_components=10)
    assert list(blind["significant"])[2:] == [True, True]


def test_data_on_disk_give_the_same(planted, tmp_path):
    from foretell.data.load import load

    data = planted(n=10, n_control=30)
    path = tmp_path / "screen.h5ad"
    made = anndata.AnnData(data.matrix.X, obs=data.obs, var=pd.DataFrame(index=data.file_genes))
    made.write_h5ad(path)
    stored = load(path, mapping=data.mapping, on_disk=True)
    pd.testing.assert_frame_equal(
        edistance_table(stored, n_components=10), edistance_table(data, n_components=10)
    )


def test_a_seed_repeats_a_test(planted):
    data = planted(n=8, n_control=20)
    first, again, other = (etest(data, draws=49, seed=s, n_components=5) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["p"] != other["p"]).any()


def test_a_relative_scale_has_reasons_instead_of_numbers(relative):
    for table in (edistance_table(relative), etest(relative)):
        assert set(table["status"]) == {"n/a"}
        assert table["reason"].str.contains("relative scale").all()
        assert table["edistance"].isna().all()


def test_what_cannot_be_done_says_so(planted):
    data = planted(n=8, n_control=20)
    with pytest.raises(UnknownName, match="pca"):
        edistance_table(data, "pcaa")
    with pytest.raises(BadValues, match="n_components"):
        edistance_table(data, n_components=0)
    with pytest.raises(BadValues, match="draws"):
        etest(data, draws=0)
    few = planted(n=8, n_control=20, adata=lambda a: a[:, :2].copy())
    with pytest.raises(BadValues, match="keep_targets"):
        edistance_table(few)


def test_holm_is_what_the_definition_says():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.5])
    np.testing.assert_allclose(_holm(p), [0.04, np.nan, 0.09, 0.09, 0.5])


def test_a_real_screen_has_strong_and_silent_perturbations(data_file):
    from foretell.core.mapping import ColumnMapping
    from foretell.data.load import load

    mapping = ColumnMapping.from_dict({"scale": "counts", "kind": "knockout"})
    data = load(data_file("crispr_papalexi2021_eccite_299genes"), mapping=mapping)
    table = etest(data, draws=199).set_index("condition")
    strong = [name for name in table.index if name.split()[0] in ("IFNGR1", "JAK2", "STAT1")]
    assert len(strong) == 3
    assert table.loc[strong, "significant"].all()
    assert (table.loc[strong, "edistance"] > table["edistance"].median()).all()
