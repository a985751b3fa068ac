"""What real screens are worth: eight data sets, each on its own scale."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import foretell
from foretell.analysis.quality.card import DataCard, data_card
from foretell.core.dataset import Dataset
from foretell.data.pseudobulk import pseudobulk
from foretell.report.data_card import render_card, render_markdown

DataFile = Callable[[str], Path]
SAMPLES = {"observation": "samples"}
SETS: dict[str, dict[str, Any]] = {
    "crispr_papalexi2021_eccite_299genes": {
        "context": "cell_type",
        "blocks": ["grna_id", "bio_rep"],
        "kind": "knockout",
        "no_call": "unassigned",
    },
    "crispr_norman2019_k562_500hvg": {
        "context": "cell_type",
        "scale": "log1p",
        "kind": "activation",
    },
    "crispr_datlinger2021_jurkat_2000genes": {
        "context": "condition",
        "blocks": "guide",
        "kind": "knockout",
        "library_size": "ncounts",
    },
    "crispr_hill2018_mcf10a_dox_28genes": {
        "context": "cell_type",
        "blocks": "guide",
        "kind": "knockout",
        "library_size": "nUMI",
        "no_call": "unassigned",
    },
    "kang2018_9517cells_100genes_logcounts": {
        "context": "cell_type",
        "scale": "log1p",
        "kind": "ligand",
    },
    "chem_cellbox_melanoma": SAMPLES
    | {"scale": "log_ratio", "kind": "compound", "dose_mark": "|", "context": "cell_type"},
    "luhmes_mast_effects": SAMPLES
    | {"scale": "log_ratio", "kind": "interference", "gene_names": "symbol"},
    "chem_tggates_small": SAMPLES
    | {
        "scale": "intensity",
        "kind": "compound",
        "context": ["cell_type", "duration", "batchid"],
        "dose": "concentration",
        "dose_unit": "uM",
        "blocks": "individual_id",
    },
}


def opened(name: str, data_file: DataFile, **more: Any) -> Dataset:
    return foretell.load(data_file(name), **SETS[name], **more)


def card_of(name: str, data_file: DataFile) -> DataCard:
    return data_card(opened(name, data_file), draws=199)


@pytest.mark.parametrize("name", SETS)
def test_every_screen_gets_a_card(name: str, data_file: DataFile) -> None:
    card = card_of(name, data_file).to_dict()
    json.dumps(card, allow_nan=False)
    page = render_card(card)
    assert len(page.encode()) < 2_000_000
    assert name in page
    assert "## What it is worth" in render_markdown(card)


def test_papalexi_works(data_file: DataFile) -> None:
    """All measured targets went down, and the interferon pathway is what is strongest."""
    card = card_of("crispr_papalexi2021_eccite_299genes", data_file)
    assert card.summaries["targets"]["n_judged"] == card.summaries["targets"]["n_moved"] == 9
    strongest = card.tables["effects"].nlargest(4, "strength")["condition"]
    assert {c.split(" ")[0] for c in strongest} == {"STAT1", "JAK2", "IFNGR1", "IFNGR2"}
    assert 0.4 < card.summaries["effects"]["share"] < 0.8
    guides = card.tables["guides"].set_index("condition")["agreement"]
    assert guides["STAT1 in THP-1"] > 0.5
    assert card.summaries["guides"]["low"] > card.summaries["guides"]["null_mean"]


def test_hill_hardly_shows_anything_on_its_28_genes(data_file: DataFile) -> None:
    card = card_of("crispr_hill2018_mcf10a_dox_28genes", data_file)
    assert card.summaries["targets"]["n_judged"] == 27
    assert card.summaries["targets"]["n_moved"] <= 1
    assert card.summaries["effects"]["n_significant"] <= 3


def test_norman_is_strong_and_datlinger_is_weak(data_file: DataFile) -> None:
    norman = card_of("crispr_norman2019_k562_500hvg", data_file).summaries
    datlinger = card_of("crispr_datlinger2021_jurkat_2000genes", data_file).summaries
    assert norman["effects"]["share"] > 0.7 > 0.5 > datlinger["effects"]["share"]
    assert norman["saturation"]["mean"] > 2 * datlinger["saturation"]["mean"]


def test_kang_responds_in_every_cell_type(data_file: DataFile) -> None:
    card = card_of("kang2018_9517cells_100genes_logcounts", data_file)
    assert card.summaries["effects"]["n_significant"] == 8


def test_a_file_on_disk_gives_the_same_card(data_file: DataFile) -> None:
    name = "crispr_papalexi2021_eccite_299genes"
    first = card_of(name, data_file)
    second = data_card(opened(name, data_file, on_disk=True), draws=199)
    for table in ("targets", "cells", "contexts"):
        assert first.tables[table].equals(second.tables[table])
    np.testing.assert_allclose(
        second.tables["effects"]["distance2"],
        first.tables["effects"]["distance2"],
        rtol=1e-3,
        atol=1e-5,
    )


def test_pseudobulk_of_papalexi_sums_every_count(data_file: DataFile) -> None:
    data = opened("crispr_papalexi2021_eccite_299genes", data_file)
    bulk = pseudobulk(data, ("grna_id", "bio_rep"))
    assert bulk.obs["n_cells"].sum() == data.n_obs == 17_730
    assert bulk.values().sum() == data.values().sum()
    assert bulk.present == data.present
    assert data_card(bulk, draws=99).summaries["effects"]["n_tested"] == 25
