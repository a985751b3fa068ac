"""Names of genes: their form, their species, and the column that speaks as the labels do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from foretell.data.inspect.inspect import inspect

Screen = Callable[..., Any]


@pytest.mark.parametrize(
    ("genes", "form", "species"),
    [
        ([f"ENSG{i:011d}" for i in range(20)], "ensembl", "human"),
        ([f"ENSMUSG{i:011d}.3" for i in range(20)], "ensembl (versioned)", "mouse"),
        ([f"FBgn{i:07d}" for i in range(20)], "ensembl", "fly"),
        (["TP53", "HLA-A", "MT-ND1", "C10orf54", "RPS5", "A1BG", "7SK"], "symbol", "human"),
        (["Stat1", "Irf1", "Nfkb1", "Rel", "Ahr", "4930542C12Rik"], "symbol", "mouse"),
        ([f"YAL0{i:02d}W" for i in range(20, 40)], "yeast orf", "yeast"),
        (["P10275", "P18846", "P15336", "Q01094", "O15350"], "uniprot", None),
        (["23645", "5290", "54957", "2767", "841"], "entrez", None),
        ([str(i) for i in range(20)], "numbers", None),
        ([f"PC{i}" for i in range(1, 20)], "coordinates", None),
    ],
)
def test_the_form_and_species_of_names(
    screen: Screen, genes: list[str], form: str, species: str | None
) -> None:
    found = inspect(screen(["control", "A", "B"], genes=genes), quick=True)
    assert found.guesses["gene_id"].value == form
    assert found.guesses["species"].value == species


def test_a_column_says_the_species(screen: Screen) -> None:
    adata = screen(["control", "A"], genes=["Stat1", "Irf1", "Rel", "Ahr", "Myc"])
    adata.obs["organism"] = "Rattus norvegicus"
    guess = inspect(adata, quick=True).guesses["species"]
    assert (guess.value, guess.confidence) == ("rat", "sure")


def test_names_that_match_the_targets_win_over_the_index(screen: Screen) -> None:
    adata = screen(["control", "GENEA", "GENEB"], genes=[f"ENSG{i:011d}" for i in range(20)])
    adata.var["gene_name"] = [f"GENE{chr(65 + i)}" for i in range(20)]
    adata.var["chromosome"] = [f"chr{i % 3}" for i in range(20)]
    found = inspect(adata, quick=True)
    assert found.columns["gene_names"] == "gene_name"
    assert found.judgement is not None
    assert found.judgement.targets_measured == 2


def test_repeated_names_in_that_column_are_counted(screen: Screen) -> None:
    adata = screen(["control", "GENEA", "GENEB"], genes=[f"ENSG{i:011d}" for i in range(20)])
    adata.var["symbol"] = ["GENEA", "GENEB", *["GENEZ"] * 18]
    guess = inspect(adata, quick=True).guesses["gene_names"]
    assert guess.value == "symbol"
    assert "18 of its names are missing or repeated" in guess.evidence[1]
