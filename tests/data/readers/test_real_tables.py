"""Public tables in their own layouts: counts as their descriptions say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import foretell
from foretell.core.errors import BadMapping, BadValues
from foretell.core.layout import Joined, TableLayout
from foretell.data.readers.read import read

DataFile = Callable[[str], Path]
EFFECTS = {"scale": "log_ratio", "observation": "samples"}
LISTED = {  # layout; observations, genes, listed pairs
    "l1000_chemical_top20_degs": (
        TableLayout("gene", "logfoldchanges", ("perturbation", "cell_line")),
        (7509, 10575, 150180),
    ),
    "adamson_datlinger_significant_lfc_long": (
        TableLayout("gene", "log2fc", ("study_id", "perturbation")),
        (135, 10347, 29471),
    ),
    "pertbench_lfc_pairs": (
        TableLayout("gene", "log2fc", ("dataset", "cell_type", "perturbation", "condition")),
        (2436, None, 14307),  # 2391 of screen and perturbation, 45 of them in two spellings
    ),
    "cytokine_cd4_polarisation_de": (
        TableLayout("variable", "log_fc", ("contrast", "cohort")),
        (7, 11456, 70000 - 10),  # ten rows have no value
    ),
    "perturbqa_labels_long": (
        TableLayout("gene", "sign", ("cell_type", "perturbation")),
        (1831 + 1364 + 1540, None, 427390),
    ),
}


@pytest.mark.parametrize("name", LISTED)
def test_a_long_table_has_the_pairs_of_its_description(name: str, data_file: DataFile) -> None:
    layout, (n_obs, n_genes, n_pairs) = LISTED[name]
    path = data_file(f"{name}.parquet")
    adata = read(path, layout=layout)
    frame = pd.read_parquet(path)
    assert adata.n_obs == n_obs
    assert adata.n_vars == (n_genes or frame[layout.gene].nunique())
    assert int(np.isfinite(adata.X).sum()) == n_pairs
    for row in frame.dropna(subset=[layout.value]).sample(20, random_state=0).to_dict("records"):
        name_of_row = "|".join(str(row[column]) for column in layout.about)
        place = adata.obs_names.get_loc(name_of_row), adata.var_names.get_loc(row[layout.gene])
        assert adata.X[place] == np.float32(row[layout.value])


@pytest.mark.slow
def test_the_largest_table_spreads_to_its_lists_of_twenty(data_file: DataFile) -> None:
    layout = LISTED["l1000_chemical_top20_degs"][0]
    adata = read(data_file("l1000_genetic_top20_degs.parquet"), layout=layout)
    assert adata.obs["perturbation"].nunique() == 3725
    assert adata.obs["cell_line"].nunique() == 10
    assert (np.isfinite(adata.X).sum(axis=1) == 20).all()


def test_probes_of_one_gene_are_refused_with_the_first(data_file: DataFile) -> None:
    layout = TableLayout("gene", "lfc", ("ligand", "setting"))
    with pytest.raises(BadValues, match="724 pairs .* gene ALDH1A1"):
        read(data_file("ligand_nichenet_validation.parquet"), layout=layout)


@pytest.mark.parametrize("name", [*LISTED, "ligand_nichenet_validation"])
def test_no_long_table_is_taken_for_a_wide_one(name: str, data_file: DataFile) -> None:
    with pytest.raises(BadMapping, match="not clear") as caught:
        read(data_file(f"{name}.parquet"))
    assert "one row per observation and gene: layout" in caught.value.way_out


def test_a_long_table_becomes_a_censored_data_set(data_file: DataFile) -> None:
    name = "adamson_datlinger_significant_lfc_long"
    data = foretell.load(
        data_file(f"{name}.parquet"),
        layout=LISTED[name][0],
        context="study_id",
        censored="small",
        **EFFECTS,
    )
    assert data.name == name
    assert len(data.perturbed) == 135
    epistasis = [c for c in data.perturbed if c.perturbation.order > 1]
    assert {c.context.items[0][1] for c in epistasis} == {"adamson_2016_upr_epistasis_curated"}
    assert int((data.values() != 0).sum()) == 29471


DREAM = "dream4_size100_net1"
DOUBLES = TableLayout(perturbation=("gene_1", "gene_2"))


@pytest.mark.parametrize("net", [1, 2, 3, 4])
def test_double_knockouts_are_joined_to_the_single_ones(net: int, data_file: DataFile) -> None:
    path = data_file(f"dream4_size100_net{net}.h5ad")
    table = f"dream4_size100_net{net}_dual_knockouts_noise_free.parquet"
    given = (("experiment", "dual_knockout"), ("is_control", "false"))
    adata = read(path, join=[Joined(table, DOUBLES, given)])
    frame = pd.read_parquet(path.with_name(table))
    doubles = adata[adata.obs["experiment"] == "dual_knockout"]
    assert adata.shape == (431, 100)
    assert list(doubles.obs["perturbation"]) == list(frame["gene_1"] + "+" + frame["gene_2"])
    np.testing.assert_array_equal(doubles.X, frame[list(adata.var_names)].to_numpy())
    assert set(adata.obs["is_control"]) == {True, False}


def test_double_knockouts_are_conditions_of_two_parts(data_file: DataFile) -> None:
    table = Joined(
        f"{DREAM}_dual_knockouts_noise_free.parquet", DOUBLES,
        (("experiment", "dual"), ("is_control", "false")),
    )  # fmt: skip
    data = foretell.load(
        data_file(f"{DREAM}.h5ad"),
        join=[table],
        is_control="is_control",
        scale="intensity",
        observation="samples",
    )
    assert sum(c.perturbation.order == 2 for c in data.perturbed) == 20
    assert data.fingerprint != foretell.load(
        data_file(f"{DREAM}.h5ad"),
        is_control="is_control",
        scale="intensity",
        observation="samples",
    ).fingerprint  # fmt: skip


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_dual_knockout_table_reads_alone(on_disk: bool, data_file: DataFile) -> None:
    path = data_file(f"{DREAM}_dual_knockouts_noise_free.parquet")
    adata = read(path, layout=DOUBLES, on_disk=on_disk)
    assert adata.shape == (20, 100)
    assert list(read(path).obs) == ["gene_1", "gene_2"]  # clear enough without a layout
