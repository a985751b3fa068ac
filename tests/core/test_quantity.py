"""Quantity: doses, times and kinds as files spell them."""

from __future__ import annotations

import pytest

from foretell.core.errors import BadMapping
from foretell.core.perturbation import KINDS
from foretell.core.quantity import read_dose, read_hours, read_kind


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("10", None, (10.0, None)),
        ("10", "uM", (10.0, "uM")),
        ("10uM", None, (10.0, "uM")),
        (" 1e-3 mM ", "uM", (1.0, "uM")),
        ("500 NM", "µM", (0.5, "µM")),
        ("5 ng/mL", "pg/mL", (5000.0, "pg/mL")),
        (".5", None, (0.5, None)),
        ("-2", None, (-2.0, None)),
    ],
)
def test_a_dose_is_read_in_its_unit(text, unit, expected):
    assert read_dose(text, unit) == expected


@pytest.mark.parametrize(("text", "unit"), [("", None), ("inf", None), ("x", "uM"), ("1 g", "uM")])
def test_what_is_no_dose_is_refused(text, unit):
    with pytest.raises(ValueError, match="."):
        read_dose(text, unit)


@pytest.mark.parametrize(
    ("text", "unit", "hours"),
    [
        ("24h", "h", 24),
        ("24 Hours", "min", 24),
        ("1", "d", 24),
        ("30", "min", 0.5),
        ("1w", "h", 168),
    ],
)
def test_a_time_is_read_in_hours(text, unit, hours):
    assert read_hours(text, unit) == hours


def test_a_unit_that_is_none_of_time_is_refused():
    with pytest.raises(ValueError, match="uM"):
        read_hours("3 uM")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("CRISPRi", "interference"),
        ("CRISPR interference screen", "interference"),
        ("shRNA knock-down", "interference"),
        ("CRISPR repression", "interference"),
        ("knock-out", "knockout"),
        ("CRISPRko", "knockout"),
        ("CRISPR knockout screen", "knockout"),
        ("CRISPRa", "activation"),
        ("over-expression/activation", "overexpression"),
        ("transcription factor induction (ZEV, estradiol)", "overexpression"),
        ("drug (DrugBank id)", "compound"),
        ("cytokine", "ligand"),
        ("Deficiency", "mutation"),
        ("other", None),
        ("", None),
        *((kind, kind) for kind in KINDS),
    ],
)
def test_a_kind_is_read_in_the_words_of_the_field(word, kind):
    assert read_kind(word) == kind


def test_a_word_that_is_no_kind_is_refused():
    with pytest.raises(BadMapping, match="wishing"):
        read_kind("wishing")
