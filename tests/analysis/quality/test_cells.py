"""Cells: counts by hand, and depth that differs."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.analysis.quality.cells import cells, contexts
from foretell.stats.dominance import cliffs_delta


def test_counts_and_medians_are_those_of_a_groupby(planted):
    data = planted(contexts=("x", "y"), n=20, n_control=30)
    table = cells(data)
    X = data.matrix.X.toarray()
    assert table["n"].sum() == data.n_obs
    assert int(table["is_control"].sum()) == 2
    label, where = data.obs["perturbation"].to_numpy(), data.obs["cell_type"].to_numpy()
    row = table[(table["context"] == "y") & table["condition"].str.startswith("G1")].iloc[0]
    own, base = (label == "G1") & (where == "y"), (label == "control") & (where == "y")
    assert row["median_counts"] == np.median(X[own].sum(axis=1))
    assert row["median_genes"] == np.median((X[own] > 0).sum(axis=1))
    assert row["depth_delta"] == cliffs_delta(X[own].sum(axis=1), X[base].sum(axis=1))
    assert row["share"] == pytest.approx(20 / 110)
    controls = table[table["is_control"]]
    assert controls["depth_delta"].isna().all()


def test_a_difference_in_depth_is_found(planted):
    def deeper(adata):
        X = adata.X.toarray()
        X[(adata.obs["perturbation"] == "G3").to_numpy()] *= 3
        adata.X = X
        return adata

    table = cells(planted(adata=deeper)).set_index("condition")["depth_delta"]
    assert table["G3 in x"] > 0.9
    assert abs(table["G2 in x"]) < 0.33


def test_mitochondria_are_read_from_genes_or_from_a_column(planted):
    def named(adata):
        adata.var_names = ["MT-ND1", *adata.var_names[1:]]
        adata.obs["mito"] = np.where(adata.obs["perturbation"] == "G2", 0.5, 0.1)
        return adata

    data = planted(adata=named)
    X = data.matrix.X.toarray()
    by_gene = cells(data)
    share = X[:, 0] / X.sum(axis=1)
    control = (data.obs["perturbation"] == "control").to_numpy()
    found = by_gene.loc[by_gene["is_control"], "median_mito"].iloc[0]
    assert found == pytest.approx(np.median(share[control]))
    by_column = cells(data, "mito").set_index("condition")
    assert by_column.loc["G2 in x", "mito_delta"] == 1.0


def test_depth_is_unknown_without_counts_unless_it_is_declared(planted):
    unknown = cells(planted(scale="intensity"))
    assert (unknown["status"] == "n/a").all()
    assert unknown[["median_counts", "median_genes", "depth_delta"]].isna().all(axis=None)

    def sized(adata):
        adata.obs["umi"] = 5.0
        return adata

    known = cells(planted(scale="log1p", adata=sized, library_size="umi"))
    assert (known["median_counts"] == 5.0).all()
    assert (known.loc[~known["is_control"], "depth_delta"] == 0.0).all()


def test_contexts_are_counted(planted, relative):
    table = contexts(planted(contexts=("x", "y"), n=20, n_control=30))
    assert table.to_dict("list") == {
        "context": ["x", "y"],
        "n_control": [30, 30],
        "n_perturbed": [80, 80],
        "n_conditions": [4, 4],
        "smallest": [20, 20],
        "median": [20.0, 20.0],
    }
    assert contexts(relative)["n_control"].sum() == 0
    assert (cells(relative)["n"] == 1).all()
