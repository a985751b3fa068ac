"""Ladder: amounts and times that can be compared, however they are spelled."""

from __future__ import annotations

import pytest

from foretell.core.context import Condition, Context
from foretell.core.ladder import amounts, time_item, time_of, without_dose, without_item
from foretell.core.perturbation import Perturbation

A = Perturbation.parse("A")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A@1 uM", "A@1000 nM", True),
        ("A@1 uM", "A@1 nM", False),
        ("A@1 ug/mL", "A@1000 ng/mL", True),
        ("A@1 uM", "A@1", False),
        ("A@1", "A@1.0", True),
        ("A:compound@1", "A@1", True),
        ("A@1 puffs", "A@1 puffs", True),
        ("A@1+B@2", "B@2+A@1", True),
        ("A", "A@1", False),
    ],
)
def test_amounts_are_equal_where_the_same_was_given(one, other, same):
    one, other = Perturbation.parse(one), Perturbation.parse(other)
    assert (amounts(one) == amounts(other)) is same


def test_without_doses_all_doses_of_a_compound_are_one():
    doses = {without_dose(Perturbation.parse(f"A:compound@{d} uM")) for d in (1, 2, 3)}
    assert doses == {Perturbation.parse("A:compound")}


@pytest.mark.parametrize(
    ("value", "hours"),
    [("24", 24.0), ("24 hr", 24.0), ("30 min", 0.5), ("2 days", 48.0), ("late", None)],
)
def test_a_time_in_a_context_is_read_in_hours(value, hours):
    assert time_of(Condition(A, Context.of(time=value)), "time") == hours


def test_a_condition_without_the_item_has_no_time():
    assert time_of(Condition(A, Context.of(cell_type="x")), "time") is None
    assert time_of(Condition(A, horizon_h=6.0)) == 6.0


@pytest.mark.parametrize(
    ("contexts", "found"),
    [
        ([{"duration": "2"}, {"duration": "24"}], "duration"),
        ([{"cell_type": "x", "time_h": "2"}], "time_h"),
        ([{"donor": "2"}], ""),
        ([{"time": "early"}], ""),
        ([{"time": "2", "duration": "3"}], ""),
        ([], ""),
    ],
)
def test_the_item_that_is_time_is_found_by_name_and_by_value(contexts, found):
    assert time_item(Context.of(**items) for items in contexts) == found


def test_an_item_can_be_taken_out_of_a_context():
    assert without_item(Context.of(cell_type="x", time=2), "time") == Context.of(cell_type="x")
