"""Annotation: names of genes, descriptions of perturbations, and lists that are not whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, UnknownName
from foretell.core.mapping import ColumnMapping


def screen(labels, X=None, **obs):
    table = pd.DataFrame(
        {"perturbation": labels} | obs, index=[f"c{i}" for i in range(len(labels))]
    )
    X = np.arange(len(labels) * 3, dtype=float).reshape(-1, 3) if X is None else X
    return AnnData(X, obs=table, var=pd.DataFrame(index=["g0", "g1", "g2"]))


def read(adata, **columns):
    given = {"observation": "samples", "scale": "log_ratio"} | columns
    return Dataset.from_anndata(adata, ColumnMapping.from_dict(given))


def test_genes_are_named_by_a_column_where_it_is_whole_and_unique():
    adata = screen(["A", "B"])
    adata.var["symbol"] = ["TP53", "MYC", None]
    assert read(adata, gene_names="symbol").genes.tolist() == ["TP53", "MYC", "g2"]
    adata.var["symbol"] = ["MYC", "MYC", "g0"]  # twice, and the name of another gene's index
    assert read(adata, gene_names="symbol").genes.tolist() == ["g0", "g1", "g2"]


def test_a_column_of_var_that_is_missing_is_named():
    with pytest.raises(UnknownName, match="'symbol' in var"):
        read(screen(["A", "B"]), gene_names="symbol")


def test_columns_that_describe_perturbations_become_a_table_by_target():
    smiles = ["CO", "CO", "CC", "X", "N"]
    adata = screen(["A", "A", "A", "A+B", "B"], smiles=smiles, moa=["m", None, "m", None, None])
    table = read(adata, components=["smiles", "moa"]).components
    assert table["smiles"].to_dict() == {"A": "CO", "B": "N"}
    assert table["moa"].dropna().to_dict() == {"A": "m"}
    assert read(adata).components is None


def test_pairs_that_are_not_listed_are_unknown_or_small():
    adata = screen(["A", "B"], np.array([[1.0, 0, -1], [0, 1, 0]]))
    adata.layers["tested"] = np.array([[1, 1, 0], [1, 1, 1]])
    unknown = read(adata, scale="sign", censored="unknown", listed="tested")
    assert unknown.censored
    assert np.isnan(unknown.profiles().Y).tolist() == [[False, False, True], [False] * 3]
    assert adata.X[0, 2] == -1  # the user's matrix is as it was

    adata.X = np.array([[1.0, np.nan, -1], [np.nan, 1, 0]])
    assert np.isfinite(read(adata, censored="small").profiles().Y).all()
    assert np.isnan(read(adata, censored="unknown").profiles().Y).sum() == 2
    assert not read(adata).censored


def test_a_layer_of_listed_pairs_needs_to_say_what_the_others_are():
    with pytest.raises(BadMapping, match="`listed` names the layer 'tested'"):
        ColumnMapping(listed="tested")
    with pytest.raises(UnknownName, match="layer 'tested'"):
        read(screen(["A", "B"]), censored="unknown", listed="tested")


def test_a_control_row_of_a_relative_scale_is_kept_out_of_the_shifts():
    data = read(screen(["control", "A", "B"]))
    assert [str(c.perturbation) for c in data.perturbed] == ["A", "B"]
    np.testing.assert_array_equal(data.profiles().S, [[3, 4, 5], [6, 7, 8]])
