"""Effect size: a slow loop, planted truth, and nothing where there is nothing."""

from __future__ import annotations

import anndata
import numpy as np
import pytest
from scipy.stats import kstest

from foretell.analysis.quality.effect_size import effect_size
from foretell.data.filters.evidence import log_view
from foretell.stats.multiplicity import benjamini_hochberg


def dense(dataset) -> np.ndarray:
    X = log_view(dataset).values()
    return X.toarray() if hasattr(X, "toarray") else X


def test_distances_are_those_of_a_slow_loop_over_all_genes(planted):
    data = planted(n=25, n_control=40, contexts=("x", "y"))
    table = effect_size(data, draws=19, rank=100)  # more axes than genes: nothing is left out
    X = dense(data)
    for i, c in enumerate(data.perturbed):
        x = X[[data.conditions[k] == c for k in data.codes]]
        y = X[
            [
                data.conditions[k].is_control & (data.conditions[k].context == c.context)
                for k in data.codes
            ]
        ]
        gap = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
        noise = x.var(axis=0, ddof=1).sum() / len(x) + y.var(axis=0, ddof=1).sum() / len(y)
        assert table["distance2"][i] == pytest.approx(gap - noise, rel=1e-3, abs=1e-4)
        assert table["strength"][i] == pytest.approx(
            (gap - noise) / y.var(axis=0, ddof=1).sum(), rel=1e-3, abs=1e-5
        )
        assert table["rms_shift"][i] == pytest.approx(np.sqrt(gap / X.shape[1]))
        assert (table["n"][i], table["n_control"][i]) == (25, 40)


def test_planted_effects_are_found_in_their_order(planted):
    table = effect_size(planted(), draws=199).set_index("condition")
    assert list(table["significant"]) == [True, True, False, False]
    assert table["strength"].is_monotonic_decreasing or (
        table["strength"].iloc[0] > table["strength"].iloc[1] > table["strength"].iloc[2]
    )
    assert table["n_de"].iloc[0] > table["n_de"].iloc[1] > 0
    assert (table["n_de"].iloc[2:] == 0).all()
    np.testing.assert_allclose(table["q"], benjamini_hochberg(table["p"]))


def test_p_values_without_any_effect_are_uniform(planted):
    p = []
    for seed in range(40):
        data = planted(seed=seed, n=12, n_control=30)
        null = data.subset(
            [c for c in data.present if not {"G0", "G1"} & set(c.perturbation.targets)]
        )
        p += effect_size(null, draws=99, seed=seed)["p"].tolist()
    smeared = np.array(p) - np.random.default_rng(0).random(len(p)) / 100
    assert kstest(smeared, "uniform").pvalue > 0.01


def test_fewer_cells_do_not_look_stronger(planted):
    """The plain shift grows as cells get fewer; the unbiased distance does not."""
    strengths, plain = {}, {}
    for n in (6, 60):
        tables = [effect_size(planted(seed=s, n=n), draws=19) for s in range(12)]
        strengths[n] = np.mean([t["strength"][3] for t in tables])
        plain[n] = np.mean([t["rms_shift"][3] for t in tables])
    assert plain[6] > 2 * plain[60]
    assert abs(strengths[6]) < 0.02
    assert abs(strengths[60]) < 0.01


def test_a_batch_that_holds_more_of_one_group_is_no_effect(planted):
    def skewed(adata):
        rng = np.random.default_rng(3)
        control = (adata.obs["perturbation"] == "control").to_numpy()
        second = rng.random(len(adata)) < np.where(control, 0.2, 0.8)
        adata.obs["batch"] = np.where(second, "b1", "b0")
        X = adata.X.toarray()
        X[second, 20:40] *= 3
        adata.X = X
        return adata

    blind = effect_size(planted(adata=skewed, blocks=()), draws=199)
    matched = effect_size(planted(adata=skewed, blocks=("guide", "batch")), draws=199)
    assert (blind["p"] == 0.005).all()
    assert (matched["p"].to_numpy()[2:] > 0.02).all()
    assert (matched["p"].to_numpy()[:1] < 0.02).all()


@pytest.mark.parametrize("scale", ["log1p", "intensity"])
def test_other_absolute_scales_are_taken_as_they_are(planted, scale):
    table = effect_size(planted(scale=scale), draws=99)
    assert list(table["significant"])[:1] == [True]
    assert (table["status"] == "ok").all()


def test_a_relative_scale_has_sizes_but_no_test(relative):
    table = effect_size(relative)
    assert (table["status"] == "n/a").all()
    assert table["reason"].str.contains("relative scale").all()
    assert table["significant"].isna().all()
    assert np.isfinite(table["rms_shift"]).all()


def test_single_samples_are_compared_with_the_controls(planted):
    data = planted(n=1, n_control=30, observation="samples", blocks="batch")
    table = effect_size(data, draws=199)
    assert (table["status"] == "ok").all()
    assert table["p"][0] == pytest.approx(1 / 16, abs=0.06)  # its batch holds 15 controls
    assert table["n_de"].isna().all()


def test_disk_order_and_names_change_nothing_but_rounding(planted, tmp_path):
    data = planted(n=20, n_control=40)
    made = anndata.AnnData(data.matrix.X, obs=data.obs.copy())
    made.var_names = data.file_genes
    made.write_h5ad(tmp_path / "a.h5ad")
    backed = type(data).from_anndata(
        anndata.read_h5ad(tmp_path / "a.h5ad", backed="r"), data.mapping
    )
    first, second = effect_size(data, draws=49), effect_size(backed, draws=49)
    np.testing.assert_allclose(second["distance2"], first["distance2"], rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(second["p"], first["p"])


def test_the_same_seed_gives_the_same_table(planted):
    data = planted(n=15, n_control=30)
    first, second = effect_size(data, draws=49), effect_size(data, draws=49)
    assert first.equals(second)
