"""One test per convention of the field: the mapping that a person would write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foretell.core.dataset import Dataset
from foretell.core.mapping import ColumnMapping
from foretell.data.inspect.inspect import inspect
from foretell.data.inspect.inspection import Inspection

Screen = Callable[..., Any]


def loaded(found: Inspection, adata: Any) -> Dataset:
    """Load with what was found, values included: the mapping has to work, not only to be read."""
    assert found.is_usable, [r.text for r in found.remarks]
    return Dataset.from_anndata(adata, ColumnMapping.from_dict(found.columns))


def labels_of(dataset: Dataset) -> set[str]:
    return {str(c.perturbation) for c in dataset.perturbed}


def test_scperturb_joins_by_an_underscore_and_counts_the_whole_library(screen: Screen) -> None:
    adata = screen(
        ["control", "AHR", "KLF1", "AHR_KLF1", "MT_ND1"],
        celltype="lymphoblasts",
        cell_line="K562",
        perturbation_type="CRISPRa",
        nperts=lambda label, i: 0 if label == "control" else 1 + (label == "AHR_KLF1"),
        guide_id=lambda label, i: f"{label}_{i % 2}",
    )
    adata.obs["ncounts"] = np.asarray(adata.X.sum(axis=1)).ravel() * 10
    found = inspect(adata, quick=True)
    assert found.guesses["delimiter"].confidence == "unclear"  # MT_ND1 is one gene
    assert "AHR_KLF1" in found.guesses["delimiter"].evidence[-1]
    assert found.columns["kind"] == "activation"
    assert found.columns["library_size"] == "ncounts"
    assert found.columns["blocks"] == "guide_id"


def test_scperturb_without_odd_names_is_read_in_full(screen: Screen) -> None:
    adata = screen(["control", "AHR", "KLF1", "AHR_KLF1"], cell_line="K562")
    found = inspect(adata, quick=True)
    assert found.columns["delimiter"] == "_"
    assert labels_of(loaded(found, adata)) == {"AHR", "KLF1", "AHR+KLF1"}


@pytest.mark.parametrize("labels", [["A+ctrl", "ctrl+B", "A+B"], ["A+ctrl", "B+ctrl", "B+A"]])
def test_gears_writes_ctrl_as_a_part(screen: Screen, labels: list[str]) -> None:
    adata = screen(["ctrl", *labels], column="condition", cell_type="K562", dose_val="1+1")
    found = inspect(adata, quick=True)
    assert (found.columns["perturbation"], found.columns["control"]) == ("condition", "ctrl")
    assert labels_of(loaded(found, adata)) == {"A", "B", "A+B"}
    assert "dose" not in found.columns  # it never varies


def test_cpa_gives_one_dose_per_part(screen: Screen) -> None:
    doses = {"ctrl": "0.0", "JQ1": "0.5", "SAHA": "1.0", "JQ1+SAHA": "0.5+1.0"}
    adata = screen(
        list(doses), column="condition", cell_type="A", dose=lambda label, i: doses[label]
    )
    found = inspect(adata, quick=True)
    assert found.columns["dose"] == "dose"
    assert labels_of(loaded(found, adata)) == {"JQ1@0.5", "SAHA@1", "JQ1@0.5+SAHA@1"}


def test_cell_eval_calls_controls_non_targeting(screen: Screen) -> None:
    labels = ["non-targeting", "GENEA", "GENEB", "HLA-A"]
    adata = screen(labels, column="target_gene", celltype="H1", scale="log1p")
    found = inspect(adata, quick=True)
    assert found.columns["control"] == "non-targeting"
    assert found.columns["scale"] == "log1p"
    assert labels_of(loaded(found, adata)) == {"GENEA", "GENEB", "HLA-A"}


def test_state_writes_lists_of_tuples(screen: Screen) -> None:
    labels = ["[('DMSO_TF', 0.0, 'uM')]", "[('JQ1', 0.5, 'uM')]", "[('JQ1', 5.0, 'uM')]"]
    adata = screen(labels, column="drugname_drugconc", cell_line_id="CVCL_0023", plate="p1")
    found = inspect(adata, quick=True)
    assert found.columns["spelling"] == "tuples"
    assert labels_of(loaded(found, adata)) == {"JQ1:compound@0.5 uM", "JQ1:compound@5 uM"}


def test_perturbench_has_a_treatment_beside_the_condition(screen: Screen) -> None:
    adata = screen(
        ["control", "A", "B", "A+B"],
        column="condition",
        cell_type="K562",
        treatment=lambda label, i: ["none", "IFNg"][i % 2],
    )
    found = inspect(adata, quick=True)
    assert found.columns["perturbation"] == "condition"
    assert found.columns["context"] == ["cell_type", "treatment"]
    assert len(loaded(found, adata).contexts) == 2


def test_open_problems_marks_controls_in_a_column(screen: Screen) -> None:
    names = ["Dimethyl Sulfoxide", "Belinostat", "Vorinostat", "CHIR-99021"]
    adata = screen(
        names,
        column="sm_name",
        control=lambda label, i: label == "Dimethyl Sulfoxide",
        cell_type=lambda label, i: ["T cells", "B cells"][i % 2],
        donor_id=lambda label, i: f"donor_{i // 2 % 3}",
        dose_uM=lambda label, i: 0.0 if label == names[0] else [0.1, 1.0][i % 2],
        timepoint_hr=24,
        SMILES=lambda label, i: f"C{names.index(label)}",
    )
    found = inspect(adata, quick=True)
    assert found.columns["control"] == "Dimethyl Sulfoxide"
    assert found.columns["context"] == "cell_type"
    assert (found.columns["dose"], found.columns["dose_unit"]) == ("dose_uM", "uM")
    assert found.columns["components"] == "SMILES"
    assert found.columns["kind"] == "compound"
    assert found.columns["blocks"] == "donor_id"
    assert "Vorinostat:compound@0.1 uM" in labels_of(loaded(found, adata))


def test_positive_controls_in_a_flag_are_asked_about(screen: Screen) -> None:
    adata = screen(
        ["Dimethyl Sulfoxide", "Belinostat", "Vorinostat", "JQ1"],
        column="sm_name",
        control=lambda label, i: label in ("Dimethyl Sulfoxide", "Belinostat"),
        cell_type="T",
    )
    found = inspect(adata, quick=True)
    assert found.guesses["control"].confidence == "unclear"
    assert found.columns["control"] == "Dimethyl Sulfoxide"
    assert "Belinostat" in found.guesses["control"].evidence[1]
    assert found.exit_code == 3


def test_pereggrn_lists_by_comma_and_stores_what_was_measured(screen: Screen) -> None:
    labels = ["control", "GENEA", "GENEB", "GENEA,GENEB"]
    adata = screen(
        labels,
        is_control=lambda label, i: label == "control",
        perturbation_type="overexpression",
        cell_type="iPSC",
        timepoint=lambda label, i: ["0", "24"][i % 2],
        expression_level_after_perturbation=lambda label, i: "1.5,2.0",
    )
    found = inspect(adata, quick=True)
    assert found.columns["delimiter"] == ","
    assert "dose" not in found.columns
    assert found.columns["kind"] == "overexpression"
    assert labels_of(loaded(found, adata)) == {
        "GENEA:overexpression",
        "GENEB:overexpression",
        "GENEA:overexpression+GENEB:overexpression",
    }


def test_papalexi_has_targets_guides_and_replicates(screen: Screen) -> None:
    adata = screen(
        ["NT", "IFNGR1", "STAT1", "JAK2"],
        column="gene_target",
        guide_ID=lambda label, i: f"{label}g{i % 3 + 1}",
        replicate=lambda label, i: f"rep{i % 2}",
        nCount_RNA=lambda label, i: 20_000 + i,
    )
    found = inspect(adata, quick=True)
    assert (found.columns["perturbation"], found.columns["control"]) == ("gene_target", "NT")
    assert found.columns["blocks"] == ["replicate", "guide_ID"]
    assert found.columns["library_size"] == "nCount_RNA"
    assert "divides the labels" in found.guesses["perturbation"].alternatives[0]


def test_tahoe_names_drugs_beside_drugs_at_doses(screen: Screen) -> None:
    labels = ["[('DMSO_TF', 0.0, 'uM')]", "[('JQ1', 0.5, 'uM')]", "[('JQ1', 5.0, 'uM')]"]
    adata = screen(
        labels,
        column="drugname_drugconc",
        drug=lambda label, i: label.split("'")[1],
        cell_line_id="CVCL_0023",
        plate=lambda label, i: f"plate{i % 2}",
    )
    found = inspect(adata, quick=True)
    assert found.columns["perturbation"] == "drugname_drugconc"
    assert found.columns["blocks"] == "plate"
    assert "'drug' joins labels" in " ".join(found.guesses["perturbation"].alternatives)


def test_cellxgene_marks_controls_by_strategy(screen: Screen) -> None:
    labels = ["ntc_guide_1", "ENSG00000000001", "ENSG00000000002"]
    labels += ["ENSG00000000001 || ENSG00000000002", "na"]
    strategies = {"ntc_guide_1": "control", "na": "no perturbations"}
    adata = screen(
        labels,
        column="genetic_perturbation_id",
        genes=[f"ENSG{i:011d}" for i in range(1, 21)],
        genetic_perturbation_strategy=lambda label, i: strategies.get(
            label, "CRISPR interference screen"
        ),
        cell_type="K562",
    )
    found = inspect(adata, quick=True)
    assert found.columns["perturbation"] == "genetic_perturbation_id"
    assert found.columns["control"] == "ntc_guide_1"
    assert found.columns["delimiter"] == "||"
    assert found.columns["no_call"] == "na"
    dataset = loaded(found, adata)
    assert {c.perturbation.order for c in dataset.perturbed} == {1, 2}
