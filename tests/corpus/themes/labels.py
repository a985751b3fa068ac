"""Labels: what was done to the cells, in words that are missing, odd or ambiguous."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from corpus.case import Asks, NoScreen, Reads, Refused, case
from corpus.screens import LABELS, save, screen, written
from foretell.core.errors import (
    BadMapping,
    ForetellError,
    NoControl,
    TooFewCells,
    UnknownName,
)


@case(NoScreen(("no column",)), cli=True)
def no_column_of_labels(path: Path) -> None:
    """No column says what was done to the cells."""
    written(path, column=None, cell_type="K562", batch="b1")


@case(
    Refused(UnknownName, ("pertrubation", "'perturbation'")), said={"perturbation": "pertrubation"}
)
def misspelt_column(path: Path) -> None:
    """A column is asked for under a misspelt name."""
    written(path)


@case(Refused(NoControl, ("'contrl'", "did you mean 'control'")), said={"control": "contrl"})
def misspelt_control(path: Path) -> None:
    """A control label is asked for under a misspelt name."""
    written(path)


@case(Refused(NoControl, ("control",)), cli=True)
def no_control(path: Path) -> None:
    """Counts without a control."""
    written(path, labels=("KLF1", "GATA1", "TP53"))


@case(NoScreen(("every observation is a control",)))
def only_controls(path: Path) -> None:
    """Every cell is a control."""
    written(path, labels=("control",), n=40)


@case(Reads(control="control", n=3, words=("no controls that share it",)))
def control_in_one_cell_type(path: Path) -> None:
    """Controls in one of two cell types: cell types cannot be contexts."""
    written(path, n=30, cell_type=lambda label, i: "T" if label == "control" or i % 2 else "B")


@case(Refused(NoControl, ("B",)), said={"context": ["cell_type"]})
def control_in_one_context(path: Path) -> None:
    """Controls in one of two cell types, which are said to be contexts."""
    written(path, n=30, cell_type=lambda label, i: "T" if label == "control" or i % 2 else "B")


@case(Asks("context", ("cannot be told apart",)), cli=True)
def confounded(path: Path) -> None:
    """Every perturbation was made in a cell type of its own."""
    cells = dict(zip(LABELS, ("K562", "T", "B", "NK"), strict=True))
    written(path, n=20, cell_type=lambda label, i: cells[label])


@case(Asks("control", ("ctrl", "non-targeting"), n=2), cli=True)
def two_controls(path: Path) -> None:
    """Two labels sound like controls: `ctrl` and `non-targeting`."""
    written(path, labels=("ctrl", "non-targeting", "KLF1", "GATA1"))


@case(Asks("control", ("'control'", "'Control'", "'CTRL'"), n=2))
def controls_in_three_cases(path: Path) -> None:
    """Controls are spelled `control`, `Control` and `CTRL`."""
    written(path, labels=("control", "Control", "CTRL", "KLF1", "GATA1"), n=12)


@case(Reads(perturbation="gene", control="NT", n=3, columns={"blocks": "guide_id"}))
def genes_and_guides(path: Path) -> None:
    """A column of genes beside a column of guides."""
    written(
        path,
        labels=("NT", "KLF1", "GATA1", "TP53"),
        column="gene",
        n=30,
        guide_id=lambda label, i: f"{label}_g{i % 3}",
    )


@case(Asks("perturbation", ("knockout", "cytokine")))
def two_columns_of_treatments(path: Path) -> None:
    """Two columns could both be the perturbation, and they disagree."""
    cytokines = ("control", "IFNG", "TNF")
    written(path, column="knockout", n=30, cytokine=lambda label, i: cytokines[i % 3])


@case(Reads("condition", control="control", n=9, columns={"context": "treatment"}))
def condition_and_treatment(path: Path) -> None:
    """PerturBench has a treatment, which controls share, beside the condition."""
    treatments = ("none", "IFNG", "TNF")
    written(path, column="condition", n=90, treatment=lambda label, i: treatments[i % 3])


@case(Asks("delimiter", ("GATA1_TP53",)))
def two_delimiters(path: Path) -> None:
    """Combinations are joined by a plus here and by an underscore there."""
    labels = ("control", "KLF1", "GATA1", "TP53", "KLF1+GATA1", "GATA1_TP53")
    written(path, labels=labels)


@case(Reads(control="control", n=4, labels=("GATA1+KLF1",), words=("GATA1+KLF1 = KLF1+GATA1",)))
def both_orders(path: Path) -> None:
    """`A+B` and `B+A` are one condition."""
    labels = ("control", "KLF1", "GATA1", "TP53", "KLF1+GATA1", "GATA1+KLF1")
    written(path, labels=labels)


@case(Reads(control="control", n=2))
def ensembl_with_versions(path: Path) -> None:
    """Genes are Ensembl ids with versions, labels are such ids."""
    genes = [f"ENSG{i:011d}.{i % 9}" for i in range(1, 21)]
    written(path, labels=("control", genes[0], genes[3]), genes=genes)


@case(Asks("control", ("None",)))
def none_is_it_untreated(path: Path) -> None:
    """`None` may mean untreated, or that nothing was called."""
    written(path, labels=("None", "KLF1", "GATA1", "TP53"))


@case(Reads(control="control", n=2, columns={"no_call": ""}))
def empty_label(path: Path) -> None:
    """Some labels are empty texts: dropped and counted."""
    written(path, labels=("control", "", "KLF1", "GATA1"))


@case(Refused(BadMapping, ("empty", "'perturbation'", "no_call")), said={"no_call": []})
def empty_label_that_is_kept(path: Path) -> None:
    """Some labels are empty texts, and nothing may be dropped."""
    written(path, labels=("control", "", "KLF1", "GATA1"))


@case(Refused(BadMapping, ("10 empty values", "cell10", "no_call")), said={"no_call": []})
def missing_label_that_is_kept(path: Path) -> None:
    """Some labels are missing, and nothing may be dropped."""
    adata = screen()
    adata.obs.loc[adata.obs_names[10:20], "perturbation"] = np.nan
    save(adata, path)


@case(Reads(control="control", n=3, columns={"no_call": "nan"}))
def missing_label(path: Path) -> None:
    """Some labels are missing."""
    adata = screen()
    adata.obs.loc[["cell12", "cell25"], "perturbation"] = np.nan
    save(adata, path)


@case(Reads(control="control", n=3, columns={"no_call": "nan"}))
def the_word_nan(path: Path) -> None:
    """Some labels are the word `nan`."""
    written(path, labels=(*LABELS, "nan"))


@case(Reads(control="control", n=2, words=("fewer than",)))
def single_cells(path: Path) -> None:
    """A condition of one cell among large ones is dropped and counted."""
    adata = screen(n=12)
    save(adata[: 3 * 12 + 1].copy(), path)


@case(Refused(TooFewCells, ("TP53", "min_cells")), said={"min_cells": 0, "observation": "cells"})
def single_cell_that_is_kept(path: Path) -> None:
    """A condition of one cell, and nothing may be dropped."""
    save(screen(n=12)[: 3 * 12 + 1].copy(), path)


@case(Refused(TooFewCells, ("control",)), said={"observation": "cells"})
def one_control_cell(path: Path) -> None:
    """A single control cell."""
    save(screen(n=12)[11:].copy(), path)


@case(Reads(control="control", n=3, columns={"dose": "dose", "dose_unit": "uM"}))
def dose_with_units(path: Path) -> None:
    """Doses are texts such as `10 uM`, some in nM."""
    doses = {"control": "0 uM", "KLF1": "10 uM", "GATA1": "500 nM", "TP53": "1 uM"}
    written(path, dose=lambda label, i: doses[label])


@case(Reads(control="control", n=3, columns={"dose": None}, words=("words",)))
def dose_in_words(path: Path) -> None:
    """Doses are words: `high` and `low`."""
    written(path, dose=lambda label, i: "high" if label == "KLF1" else "low")


@case(Reads("condition", control="ctrl", n=3, labels=("JQ1@0.5+SAHA@1",)))
def dose_of_each_part(path: Path) -> None:
    """CPA writes one dose per part: `0.5+1.0`."""
    doses = {"ctrl": "0.0", "JQ1": "0.5", "SAHA": "1.0", "JQ1+SAHA": "0.5+1.0"}
    written(path, labels=tuple(doses), column="condition", dose_val=lambda label, i: doses[label])


@case(Refused(BadMapping, ("doses", "parts")), said={"dose": "dose_val", "delimiter": "+"})
def too_many_doses(path: Path) -> None:
    """Three doses for two parts."""
    doses = {"ctrl": "0.0", "JQ1": "0.5", "SAHA": "1.0", "JQ1+SAHA": "0.5+1.0+2"}
    written(path, labels=tuple(doses), column="condition", dose_val=lambda label, i: doses[label])


@case(Reads(control="control", n=3))
def unused_categories(path: Path) -> None:
    """A categorical column with categories that no cell has."""
    adata = screen()
    adata.obs["perturbation"] = adata.obs["perturbation"].astype("category")
    adata.obs["perturbation"] = adata.obs["perturbation"].cat.add_categories(["MYC", "ctrl"])
    save(adata, path)


@case(Reads(control="control", n=3), file="screen.parquet")
def numbers_among_texts(path: Path) -> None:
    """A column of texts with numbers among them, as parquet keeps them."""
    adata = screen(dense=True, labels=("control", "901", "KLF1", "7"))
    adata.obs["batch"] = [1, 2] * 20
    adata.to_df().assign(perturbation=adata.obs["perturbation"]).to_parquet(path)


@case(Reads(control="control", n=3, words=("is_control",)))
def flags_as_text(path: Path) -> None:
    """A column of `True` and `False` written as texts."""
    written(path, is_control=lambda label, i: str(label == "control"))


@case(Asks("control", ("Belinostat",), n=3))
def positive_controls_are_flagged(path: Path) -> None:
    """A flag marks positive controls, which are treated, as controls."""
    labels = ("Dimethyl Sulfoxide", "Belinostat", "Vorinostat", "JQ1")
    written(path, labels=labels, column="sm_name", control=lambda label, i: label in labels[:2])


@case(Refused(BadMapping, ("maybe", "is_control")), said={"is_control": "is_control"})
def flags_that_are_none(path: Path) -> None:
    """A column of flags with a third word."""
    written(path, is_control=lambda label, i: "maybe" if i == 3 else str(label == "control"))


@case(Reads(control="0", n=3), said={"control": "0", "perturbation": "perturbation"})
def numbers_as_labels(path: Path) -> None:
    """Labels are numbers, the control is 0."""
    written(path, labels=(0, 1, 2, 3))


@case(Reads(control="0", n=3), said={"control": "0", "perturbation": "perturbation"})
def fractions_as_labels(path: Path) -> None:
    """Labels are whole numbers that were stored as fractions: 0.0, 1.0."""
    written(path, labels=(0.0, 1.0, 2.0, 3.0))


ODD = {
    "path_as_label": ("../../etc/passwd", "A label is a path out of the folder."),
    "html_as_label": ("<script>alert('1')</script>", "A label is a script."),
    "emoji_as_label": ("\U0001f9ec\U0001f469\u200d\U0001f52c", "A label is two emoji."),
    "right_to_left_label": ("\u05d2\u05df \u202eKLF1", "A label is read from right to left."),
    "label_with_tab": ("KLF1\tGATA1", "A label has a tab inside."),
    "label_with_newline": ("KLF1\nGATA1", "A label has a line break inside."),
    "label_with_escape": ("\x1b[2J\x1b[31mKLF1", "A label would clear the screen of a terminal."),
    "label_of_ten_kilobytes": ("K" * 10_000, "A label has 10,000 letters."),
    "label_with_quotes": ("\"KLF1\" \\ 'x'", "A label has quotes and backslashes."),
    "label_with_brackets": ("[bold]KLF1[/bold]", "A label looks like markup."),
    "label_of_a_format": ("{0} %s ${HOME}", "A label looks like a template."),
    "label_like_a_number": ("1e5", "A label looks like a number."),
}


def _odd(name: str, label: str, doc: str) -> None:
    def write(path: Path) -> None:
        written(path, labels=("control", label, "KLF1", "GATA1"))

    write.__name__, write.__doc__ = name, doc
    told = name in ("html_as_label", "label_with_escape")
    case(Reads(control="control", n=3), cli=told)(write)


for _name, (_label, _doc) in ODD.items():
    _odd(_name, _label, _doc)


@case(Refused(ForetellError, ("screen",)), file="screen.csv")
def label_with_zero_byte(path: Path) -> None:
    """A label of a table has a zero byte."""
    adata = screen(dense=True, labels=("control", "KL\0F1", "GATA1", "TP53"))
    adata.to_df().assign(perturbation=adata.obs["perturbation"]).to_csv(path)


@case(Reads(control="control", n=3, words=("KLF1 = 'KLF1 '",)))
def labels_that_differ_by_a_blank(path: Path) -> None:
    """`KLF1` and `KLF1 ` are one condition, and it is said."""
    written(path, labels=(*LABELS, "KLF1 "))


@case(Reads(control=["control", "control "], n=3))
def controls_with_a_blank(path: Path) -> None:
    """Some controls are spelled with a blank behind."""
    written(path, labels=(*LABELS, "control "))


@case(Reads(control="control", n=2))
def gene_called_control(path: Path) -> None:
    """A gene of the file is called `control`."""
    genes = ["control", *(f"GENE{c}" for c in "ABCDEFGHIJKLMNOP")]
    written(path, genes=genes, labels=("control", "GENEA", "GENEB"))


@case(Refused(BadMapping, ("'KLF1++GATA1'", "empty part")), said={"delimiter": "+"})
def empty_part(path: Path) -> None:
    """A combination has an empty part."""
    written(path, labels=(*LABELS, "KLF1+GATA1", "KLF1++GATA1"))


@case(Asks("delimiter", ("KLF1+GATA1",)))
def one_odd_part_of_two(path: Path) -> None:
    """One of two labels with a plus has an empty part, and nobody says what joins labels."""
    written(path, labels=(*LABELS, "KLF1+GATA1", "KLF1++GATA1"))


@case(Refused(BadMapping, ("'+'",)), said={"delimiter": "+"})
def only_a_delimiter(path: Path) -> None:
    """A label is a plus and nothing else."""
    written(path, labels=(*LABELS, "KLF1+GATA1", "+"))


@case(Reads(control="control", n=3))
def letters_in_two_forms(path: Path) -> None:
    """Two labels look alike: one letter is composed here, and of two parts there."""
    written(path, labels=("control", "\u00e9tude", "e\u0301tude", "KLF1"))


@case(
    Reads("drugname_drugconc", n=2, columns={"spelling": "tuples"}, labels=("JQ1:compound@5 uM",))
)
def state_tuples(path: Path) -> None:
    """State writes lists of tuples."""
    labels = ("[('DMSO_TF', 0.0, 'uM')]", "[('JQ1', 0.5, 'uM')]", "[('JQ1', 5.0, 'uM')]")
    written(path, labels=labels, column="drugname_drugconc", n=20)


@case(Refused(BadMapping, ("list of tuples",)), said={"spelling": "tuples"})
def broken_tuples(path: Path) -> None:
    """A list of tuples is cut off."""
    labels = ("[('DMSO_TF', 0.0, 'uM')]", "[('JQ1', 0.5, 'u", "[('JQ1', 5.0, 'uM')]")
    written(path, labels=labels, column="drugname_drugconc", n=20)


@case(Refused(BadMapping, ("list of tuples",)), said={"spelling": "tuples"})
def deep_tuples(path: Path) -> None:
    """A label of ten thousand brackets."""
    labels = ("[('DMSO_TF', 0.0, 'uM')]", "[" * 10_000, "[('JQ1', 5.0, 'uM')]")
    written(path, labels=labels, column="drugname_drugconc", n=20)


@case(Reads("genetic_perturbation_id", n=3, columns={"delimiter": "||"}))
def cellxgene(path: Path) -> None:
    """CELLxGENE joins by ` || ` and names controls in a column of strategies."""
    ids = [f"ENSG{i:011d}" for i in range(1, 21)]
    labels = ("ntc_guide_1", ids[0], ids[1], f"{ids[0]} || {ids[1]}")
    written(
        path,
        labels=labels,
        column="genetic_perturbation_id",
        genes=ids,
        genetic_perturbation_strategy=lambda label, i: (
            "control" if label == "ntc_guide_1" else "CRISPR interference screen"
        ),
    )


@case(Reads(control="control", n=3, columns={"delimiter": ","}))
def pereggrn(path: Path) -> None:
    """PEREGGRN lists targets by commas, with the level that was measured after."""
    labels = ("control", "KLF1", "GATA1", "KLF1,GATA1")
    written(
        path,
        labels=labels,
        is_control=lambda label, i: label == "control",
        expression_level_after_perturbation=lambda label, i: "1.5,2.0",
    )


@case(Reads("condition", control="ctrl", n=3, labels=("GATA1+KLF1",)))
def gears(path: Path) -> None:
    """GEARS writes `KLF1+ctrl`."""
    labels = ("ctrl", "KLF1+ctrl", "ctrl+GATA1", "KLF1+GATA1")
    written(path, labels=labels, column="condition", cell_type="K562")


@case(Reads(control="control", n=400, columns={"min_cells": None}))
def many_labels(path: Path) -> None:
    """400 labels of nine cells."""
    written(path, labels=("control", *(f"P{i}" for i in range(400))), n=9)


def _any(**given: Any) -> Reads:
    return Reads(control="control", n=3, **given)


@case(_any(columns={"context": "cell_type"}))
def nullable_columns(path: Path) -> None:
    """Columns of integers, truth and texts that may be missing."""
    import pandas as pd

    adata = screen(n=20, cell_type="K562")
    n = adata.n_obs
    adata.obs["passage"] = pd.array([1, None] * (n // 2), dtype="Int64")
    adata.obs["is_good"] = pd.array([True, None] * (n // 2), dtype="boolean")
    save(adata, path)


@case(_any(), file="screen.parquet")
def arrow_texts(path: Path) -> None:
    """Texts of parquet as large strings and dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    adata = screen(dense=True)
    table = {gene: pa.array(adata.X[:, i]) for i, gene in enumerate(adata.var_names)}
    labels = pa.array(adata.obs["perturbation"].tolist(), pa.large_string()).dictionary_encode()
    pq.write_table(pa.table({"perturbation": labels} | table), path)
