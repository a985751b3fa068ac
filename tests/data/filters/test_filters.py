"""Filters: what each keeps, that controls stay, and that every choice is in the record."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, EmptySplit, UnknownName
from foretell.core.registry import find
from foretell.core.spec import describe
from foretell.data.filters.depth import MaxShare, MinCounts, MinGenes, depth_of
from foretell.data.filters.evidence import groups_of, log_view, matched_strata
from foretell.data.filters.expressed import SelectExpressed
from foretell.data.filters.responders import Responders, control_mask
from foretell.data.filters.sizes import MaxCells, MinCells
from foretell.data.filters.target_moved import TargetMoved
from foretell.data.filters.values import DropValues
from foretell.data.preprocess import SelectGenes, fit_steps


def planted(make_adata, make_dataset, columns=None, **kw) -> Dataset:
    """A pushes genes 3 to 5 and lowers its target G0; B does nothing; C only lowers G2."""
    adata = make_adata(["G0", "G1", "G2"], n=40, n_control=80, n_genes=12, dense=True, **kw)
    rng = np.random.default_rng(1)
    adata.X = rng.poisson(4.0, adata.shape).astype(float)
    label = adata.obs["perturbation"].to_numpy()
    adata.X[label == "G0", 3:6] += rng.poisson(4.0, ((label == "G0").sum(), 3))
    for j, gene in ((0, "G0"), (2, "G2")):
        adata.X[label == gene, j] = rng.poisson(0.4, (label == gene).sum())
    return make_dataset(adata, {"kind": "knockout"} | (columns or {}))


def left(dataset: Dataset) -> list[str]:
    return [str(c.perturbation.targets[0]) for c in dataset.perturbed]


def test_every_filter_is_found_by_its_name_and_can_be_described():
    registry = find("filters")
    assert not registry.errors
    made = [registry.make(name, **NEEDED.get(name, {})) for name in OWN]
    assert set(OWN) <= set(registry.names)
    for chosen in made:
        assert chosen.reason
        assert describe(chosen)["type"]
    seen = {type(f).__name__ for f in made if f.reads_expression}
    assert seen == {"Responders", "TargetMoved"}


OWN = (
    "drop_values",
    "max_cells",
    "max_share",
    "min_cells",
    "min_counts",
    "min_genes",
    "responders",
    "target_moved",
)
NEEDED = {"drop_values": {"column": "batch", "values": ["b0"]}}


def test_small_conditions_go_and_controls_stay(make_adata, make_dataset):
    adata = make_adata(["A", "B"], n=6, n_control=3)
    data = make_dataset(adata[adata.obs_names != adata.obs_names[-1]].copy())
    kept = data.with_filters([MinCells(6)])
    assert left(kept) == ["A"]
    assert kept.n_by_condition[kept.controls().present[0]] == 3
    assert kept.dropped == {"in conditions below 6 cells": 5}
    assert kept.filters == (MinCells(6),)
    assert kept.fingerprint != data.fingerprint


def test_most_cells_are_chosen_by_name_whatever_the_order(make_adata, make_dataset):
    adata = make_adata(["A", "B"], n=30, n_control=40)
    shuffled = adata[np.random.default_rng(0).permutation(len(adata))].copy()

    def names(source, n, controls=None):
        kept = make_dataset(source).with_filters([MaxCells(n, controls)])
        return set(kept.obs.index[kept.rows])

    first = names(adata, 10)
    assert first == names(shuffled, 10)
    assert len(first) == 10 + 10 + 40
    assert len(names(adata, 10, controls=5)) == 25
    assert names(adata, 4) < first
    part = adata[~adata.obs_names.isin(sorted(first)[:1])].copy()
    assert len(first & names(part, 10)) >= len(first) - 1  # other cells do not matter


def test_values_of_a_column_are_kept_or_dropped(make_adata, make_dataset):
    adata = make_adata()
    adata.obs["day"] = [float(i % 3) for i in range(len(adata))]
    data = make_dataset(adata)
    kept = make_dataset(adata, {"keep": {"day": (1, 2)}})  # the mapping says what to keep
    assert set(kept.obs["day"].iloc[kept.rows]) == {1.0, 2.0}
    dropped = data.with_filters([DropValues("day", ["0"])])
    np.testing.assert_array_equal(kept.rows, dropped.rows)
    assert list(dropped.dropped) == ["day is 0"]
    with pytest.raises(UnknownName, match="did you mean 'batch'"):
        data.with_filters([DropValues("batc", ("b0",))])
    with pytest.raises(UnknownName, match="holds no value '7'"):
        data.with_filters([DropValues("day", "7")])
    with pytest.raises(BadValues, match="names no values"):
        DropValues("day", ())


@pytest.mark.parametrize("dense", [True, False])
def test_shallow_cells_go_by_counts_and_genes(make_adata, make_dataset, dense):
    adata = make_adata(dense=dense)
    X = adata.X if dense else adata.X.toarray()
    total, n_genes = X.sum(axis=1), (X > 0).sum(axis=1)
    data = make_dataset(adata)
    least = float(np.median(total))
    np.testing.assert_array_equal(MinCounts(least).keep(data), total >= least)
    np.testing.assert_array_equal(MinGenes(8).keep(data), n_genes >= 8)
    found = depth_of(data, "^g[01]$")
    np.testing.assert_allclose(found["share"], X[:, :2].sum(axis=1) / total)


def test_depth_may_be_declared_or_named(make_adata, make_dataset):
    adata = make_adata(scale="log1p")
    adata.obs["umi"] = np.arange(len(adata)) + 1.0
    data = make_dataset(adata, {"library_size": "umi", "scale": "log1p"})
    assert MinCounts(10).keep(data).sum() == len(adata) - 9
    plain = make_dataset(adata, {"scale": "log1p"})
    assert MinCounts(10, column="umi").keep(plain).sum() == len(adata) - 9
    with pytest.raises(BadMapping, match="needs counts"):
        MinCounts(10).keep(plain)
    with pytest.raises(BadMapping, match="not counted"):
        MinGenes(1).keep(make_dataset(scale="z"))
    with pytest.raises(BadValues, match="not numbers"):
        MinGenes(1, column="batch").keep(plain)


def test_dying_cells_go_by_share(make_adata, make_dataset):
    adata = make_adata(dense=True)
    adata.var_names = ["mt-Nd1", "MT-CO1", *adata.var_names[2:]]
    share = adata.X[:, :2].sum(axis=1) / adata.X.sum(axis=1)
    data = make_dataset(adata)
    np.testing.assert_array_equal(MaxShare(0.25).keep(data), share <= 0.25)
    adata.obs["mito"] = share
    adata.obs["percent"] = share * 100
    data = make_dataset(adata)
    np.testing.assert_array_equal(MaxShare(0.25, column="mito").keep(data), share <= 0.25)
    with pytest.raises(BadValues, match="divide percentages by 100"):
        MaxShare(0.25, column="percent").keep(data)
    with pytest.raises(UnknownName, match="no gene matches"):
        MaxShare(genes="^RPL").keep(data)
    with pytest.raises(BadValues, match="no pattern"):
        MaxShare(genes="(").keep(data)


def test_only_conditions_with_an_effect_are_responders(make_adata, make_dataset):
    data = planted(make_adata, make_dataset)
    kept = data.with_filters([Responders(draws=199)])
    assert left(kept) == ["G0", "G2"]
    assert kept.n_by_condition[kept.controls().present[0]] == 80
    assert Responders.reads_expression
    again = data.with_filters([Responders(draws=199)])
    np.testing.assert_array_equal(kept.rows, again.rows)


def test_responders_of_a_relative_scale_are_refused(make_dataset):
    with pytest.raises(BadMapping, match="relative scale"):
        make_dataset(scale="z").with_filters([Responders()])


def test_a_data_set_without_responders_still_has_its_controls(make_adata, make_dataset):
    adata = make_adata(["A", "B"], n=20, n_control=40)
    kept = make_dataset(adata).with_filters([Responders(draws=99)])
    assert kept.perturbed == ()
    assert kept.n_obs == 40


def test_conditions_whose_target_stayed_are_dropped(make_adata, make_dataset):
    data = planted(make_adata, make_dataset)
    assert left(data.with_filters([TargetMoved()])) == ["G0", "G2"]
    upwards = planted(make_adata, make_dataset, {"kind": "activation"})
    assert "G0" not in left(upwards.with_filters([TargetMoved(fdr=None)]))


def test_every_target_of_a_combination_has_to_move(make_adata, make_dataset):
    adata = make_adata(["G0+G1", "G0+zzz", "zzz"], n=40, n_control=80, dense=True)
    label = adata.obs["perturbation"].to_numpy()
    adata.X[label != "control", 0] = 0
    adata.X[label == "control", 0] += 3
    data = make_dataset(adata, {"kind": "interference"})
    kept = data.with_filters([TargetMoved()])
    assert [str(c) for c in kept.perturbed] == [
        "G0:interference+zzz:interference in x",
        "zzz:interference in x",
    ]
    strict = data.with_filters([TargetMoved(unmeasured="drop")])
    assert len(strict.perturbed) == 1


def test_targets_without_an_expectation_cannot_be_filtered(make_adata, make_dataset):
    with pytest.raises(BadMapping, match="its kind is not given"):
        planted(make_adata, make_dataset, {"kind": None}).with_filters([TargetMoved()])
    with pytest.raises(BadValues, match="valid"):
        TargetMoved(unmeasured="perhaps")


def test_filters_never_drop_controls_by_condition(make_adata, make_dataset):
    data = planted(make_adata, make_dataset, contexts=("x", "y"))
    for chosen in (MinCells(10_000), MaxCells(1), Responders(draws=99), TargetMoved()):
        assert chosen.keep(data)[control_mask(data)].all()


def test_filters_that_leave_nothing_say_so(make_dataset):
    with pytest.raises(EmptySplit, match="no observation"):
        make_dataset().with_filters([MinCounts(1e9)])


@pytest.mark.parametrize(
    "make",
    [
        lambda: MinCells(0),
        lambda: MaxCells(2.5),
        lambda: MaxShare(20),
        lambda: Responders(fdr=0),
        lambda: Responders(draws=3),
        lambda: TargetMoved(fdr=2),
        lambda: SelectExpressed(0),
        lambda: SelectExpressed(1, 2.0),
    ],
)
def test_settings_that_mean_nothing_are_refused(make):
    with pytest.raises(BadValues, match="is "):
        make()


@pytest.mark.parametrize("dense", [True, False])
def test_genes_are_kept_where_training_rows_hold_them(make_adata, make_dataset, dense):
    adata = make_adata(n_genes=6, dense=True)
    label = adata.obs["perturbation"].to_numpy()
    adata.X[:, 1] = 0
    adata.X[:, 2] = label == "C"  # only where the training rows are not
    adata.X[:4, 3] = [1, 1, 0, 0]
    adata.X[4:, 3] = 0
    X = adata.X.copy()
    adata.X = X if dense else sp.csr_matrix(X)
    data = make_dataset(adata)
    train = data.subset([c for c in data.present if "C" not in c.perturbation.targets])
    assert fit_steps([SelectExpressed(3)], train) == (SelectGenes(("G0", "G4", "G5")),)
    assert fit_steps([SelectExpressed(2)], train) == (SelectGenes(("G0", "G3", "G4", "G5")),)
    share = fit_steps([SelectExpressed(1, 0.5)], train)[0]
    assert share.genes == ("G0", "G4", "G5")
    with pytest.raises(EmptySplit, match="no gene"):
        fit_steps([SelectExpressed(10_000)], train)
    with pytest.raises(BadMapping, match="0 means absent"):
        fit_steps([SelectExpressed()], make_dataset(scale="z"))


def test_targets_may_be_kept_though_nothing_holds_them(make_adata, make_dataset):
    adata = make_adata(["G1"], dense=True)
    adata.X[:, 1] = 0
    (step,) = fit_steps([SelectExpressed(keep_targets=True)], make_dataset(adata))
    assert "G1" in step.genes


def test_a_view_of_a_view_is_the_same_view(make_adata, make_dataset):
    data = make_dataset(make_adata(["G1", "G7"], n_genes=30))
    view = log_view(data, 10)
    assert {"G1", "G7"} <= set(view.genes)
    assert log_view(view, 10) is view
    assert str(view.scale) == "log1p"


def test_labels_are_permuted_within_blocks_that_controls_share_and_no_others(
    make_adata, make_dataset
):
    adata = make_adata(["A", "B"], n=10, n_control=20)
    adata.obs["guide"] = [f"{p}_{i % 2}" for i, p in enumerate(adata.obs["perturbation"])]
    data = make_dataset(adata, {"blocks": ["guide", "batch"]})
    strata = matched_strata(data, groups_of(data))
    batch = (adata.obs["batch"] == "b1").to_numpy().astype(int)
    assert len(set(zip(strata, batch, strict=True))) == len(set(strata)) == 2
