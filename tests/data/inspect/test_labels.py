"""Labels that look alike and mean different things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from foretell.data.inspect.inspect import inspect
from foretell.data.inspect.labels import guess_delimiter, guess_dose_mark, guess_spelling
from foretell.data.inspect.words import is_control_label, is_no_call_label

Screen = Callable[..., Any]
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("labels", "delimiter"),
    [
        (["A", "B", "A+B"], "+"),
        (["A", "B", "A_B"], "_"),
        (["A", "B", "A|B"], "|"),
        (["A", "B", "A || B"], "||"),
        (["A", "B", "A||B"], "||"),
        (["A", "B", "A,B", "B,C", "C"], ","),
        (["A", "B", "A;B"], ";"),
        (["A+ctrl", "ctrl+B", "A+B"], "+"),
    ],
)
def test_a_delimiter_joins_parts_that_occur_as_labels(labels: list[str], delimiter: str) -> None:
    guess = guess_delimiter(["control", *labels], ("control",), NONE)
    assert guess.value == delimiter
    assert guess.confidence in ("sure", "likely")


@pytest.mark.parametrize(
    "labels",
    [
        ["IFN-beta", "TNF-alpha", "IFN"],
        ["HLA-A", "HLA-B", "HLA-C"],
        ["MT_ND1", "MT_ND2", "MT_CO1"],
        ["KLF1_1", "KLF1_2", "KLF1"],
        ["sg1-KLF1", "sg2-KLF1"],
        ["1,4-butanediol", "2,3-butanediol", "urea"],
        ["Perturb_0", "Perturb_1", "Perturb_2"],
        ["A/B mixture", "urea"],
    ],
)
def test_a_name_is_not_taken_apart(labels: list[str]) -> None:
    guess = guess_delimiter(["control", *labels], ("control",), NONE)
    assert guess.value == "+"  # the default, which none of them holds
    assert guess.confidence == "sure"


@pytest.mark.parametrize("label", ["(+)-JQ1", "g(+)-JQ1", "vitamin K+"])
def test_a_plus_inside_a_name_switches_splitting_off(label: str) -> None:
    assert guess_delimiter(["DMSO", label, "urea"], ("DMSO",), NONE).value == ""


def test_parts_may_be_genes_of_the_file() -> None:
    guess = guess_delimiter(["KLF1+GATA1", "SPI1+CEBPA"], (), frozenset({"KLF1", "GATA1"}))
    assert guess.value == "+"


def test_a_column_of_numbers_of_parts_settles_the_delimiter() -> None:
    labels = ["A", "B", "A_B", "C_D"]
    without = guess_delimiter(labels, (), NONE)
    assert without.confidence != "sure"
    two = {"A": 1, "B": 1, "A_B": 2, "C_D": 2}
    assert guess_delimiter(["A", "B", "C", "D", "A_B", "C_D"], (), NONE, two).confidence == "sure"
    one = {"A": 1, "B": 1, "A_B": 2, "C_D": 1}
    doubted = guess_delimiter(["A", "B", "C", "D", "A_B", "C_D"], (), NONE, one)
    assert doubted.confidence == "unclear"
    assert "C_D" in doubted.evidence[-1]


def test_a_part_of_every_combination_may_be_a_context() -> None:
    singles = ["IL4", "IL6", "TNF", "OSM", "EPO"]
    guess = guess_delimiter([*singles, *(f"{s}_LPS" for s in singles)], (), NONE)
    assert (guess.value, guess.confidence) == ("_", "unclear")
    assert "'LPS' stands in most of them" in guess.evidence[-1]


def test_combinations_whose_parts_were_never_alone_are_asked_about() -> None:
    labels = ["cd3+ly", "cd3+u0126", "icam+ly", "icam+u0126"]
    assert guess_delimiter(labels, (), NONE).confidence == "unclear"


@pytest.mark.parametrize(
    ("labels", "delimiter", "mark"),
    [
        (["901|1.5", "901|3", "901|1.5+HN|6"], "+", "|"),
        (["JQ1@0.5", "JQ1@1"], "+", "@"),
        (["JQ1_0.5uM", "SAHA_10uM"], "+", "_"),
        (["KLF1_1", "KLF1_2", "GATA1_1"], "+", None),
        (["A|B", "B|C"], "+", None),
        (["TNF", "IL6"], "+", None),
    ],
)
def test_a_dose_inside_a_label_is_told_from_a_running_number(
    labels: list[str], delimiter: str, mark: str | None
) -> None:
    assert guess_dose_mark(labels, delimiter).value == mark


def test_tuples_are_recognised() -> None:
    assert (
        guess_spelling(["[('a', 0.5, 'uM')]", "[('b', 1.0, 'uM'), ('a', 2.0, 'uM')]"]).value
        == "tuples"
    )
    assert guess_spelling(["(+)-JQ1", "[Sar9]-SP"]).value == "plain"


CONTROLS = ["control", "ctrl", "non-targeting", "NT", "DMSO_TF", "vehicle", "untreated", "NegCtrl",
            "Nontargeting", "safe-harbor", "mock", "NTC", "WT", "wild type", "PBS", "unstimulated",
            "NonTargetingControlGuideForHuman", "Dimethyl Sulfoxide", "NT_12"]  # fmt: skip
TARGETS = ["WT1", "NTRK1", "CTRL2X"[:3] + "A4", "IFN-beta", "NT5E", "JQ1", "SALL4", "WTAP", "NT|3"]


def test_controls_are_told_from_targets_with_like_names() -> None:
    assert [label for label in CONTROLS if not is_control_label(label)] == []
    assert [label for label in TARGETS if is_control_label(label)] == []


def test_no_calls_are_told_from_targets_with_like_names() -> None:
    calls = ["unassigned", "nan", "None", "ambiguous", "multiplet", "doublet", "negative", "NA", ""]
    assert all(map(is_no_call_label, [*calls, "unknown", "no guide"]))
    assert not any(map(is_no_call_label, ["NANOG", "NEGR1", "NONO", "MULT1", "control"]))


def test_missing_labels_are_dropped_as_nan(screen: Screen) -> None:
    adata = screen(["control", "A", "B"])
    adata.obs["perturbation"] = adata.obs["perturbation"].where(adata.obs["perturbation"] != "B")
    found = inspect(adata, quick=True)
    assert found.columns["no_call"] == "nan"
    assert found.judgement is not None
    assert found.judgement.dropped == {"no call": 30}


def test_none_beside_a_control_means_no_call_and_alone_is_asked_about(screen: Screen) -> None:
    beside = inspect(screen(["None", "non-targeting", "A"], column="gene"), quick=True)
    assert (beside.columns["control"], beside.columns["no_call"]) == ("non-targeting", "None")
    alone = inspect(screen(["none", "A", "B"], column="gene"), quick=True)
    assert alone.guesses["control"].value == ["none"]
    assert alone.guesses["control"].confidence != "sure"


def test_two_kinds_of_controls_are_asked_about(screen: Screen) -> None:
    found = inspect(screen(["DMSO", "untreated", "JQ1"], column="treatment"), quick=True)
    assert found.guesses["control"].confidence == "unclear"
    assert set(found.columns["control"]) == {"DMSO", "untreated"}


def test_guides_in_place_of_targets_are_asked_about(screen: Screen) -> None:
    labels = ["NTg1", "NTg2", "IFNGR1g1", "IFNGR1g2", "STAT1g1", "STAT1g2"]
    found = inspect(screen(labels, column="guide_id"), quick=True)
    assert found.guesses["perturbation"].confidence == "unclear"
    assert "guides of 3 targets" in found.guesses["perturbation"].evidence[-1]


def test_running_numbers_point_to_the_column_of_targets(screen: Screen) -> None:
    names = {"control": "none", "Perturb_0": "GENEA", "Perturb_1": "GENEB", "Perturb_2": "GENEC"}
    adata = screen(list(names), target_gene=lambda label, i: names[label])
    guess = inspect(adata, quick=True).guesses["perturbation"]
    assert guess.confidence == "unclear"
    assert "target_gene" in guess.evidence[-1]
