"""Column mapping and scale: what may be declared."""

from __future__ import annotations

import pytest

from foretell.core.errors import BadMapping, UnknownName
from foretell.core.mapping import ColumnMapping
from foretell.core.scale import ABSOLUTE, RELATIVE, Scale


@pytest.mark.parametrize(
    ("given", "kind", "problem", "way_out"),
    [
        ({"contxt": "x"}, UnknownName, "'contxt'", "'context'"),
        ({"scale": "log"}, BadMapping, "'log'", "'log1p'"),
        ({"scale": "log1pp"}, BadMapping, "'log1pp'", "'log1p'"),
        ({"kind": "knockot"}, BadMapping, "'knockot'", "'knockout'"),
        ({"observation": "cell"}, BadMapping, "'cell'", "'cells'"),
        ({"min_cells": "3"}, BadMapping, "`min_cells` is '3'", "whole number"),
        ({"min_cells": -1}, BadMapping, "`min_cells` is -1", "whole number"),
        ({"dose": 3}, BadMapping, "`dose` is 3", "quotes"),
        ({"dose_unit": "uM"}, BadMapping, "'uM'", "dose ="),
        ({"context": ["a", "a"]}, BadMapping, "'a'", "once"),
        ({"context": "perturbation"}, BadMapping, "'perturbation'", "once"),
        ({"dose": "d", "horizon_h": "d"}, BadMapping, "'d'", "once"),
        ({"no_call": "control"}, BadMapping, "'control'", "choose one"),
    ],
)
def test_what_makes_no_sense_is_named_with_a_way_out(given, kind, problem, way_out):
    with pytest.raises(kind) as caught:
        ColumnMapping.from_dict(given)
    assert problem in caught.value.problem
    assert way_out in caught.value.way_out


def test_single_values_become_lists_and_numbers_become_text():
    mapping = ColumnMapping.from_dict({"control": 0, "no_call": [1.0, "x"], "context": "cell_type"})
    assert mapping.control == ("0",)
    assert mapping.no_call == ("1", "x")
    assert mapping.context == ("cell_type",)


def test_equal_mappings_are_equal_however_they_were_given():
    assert ColumnMapping(context="a", delimiter="") == ColumnMapping(context=("a",), delimiter=None)


@pytest.mark.parametrize("name", ABSOLUTE)
def test_absolute_scales_need_controls(name):
    assert not Scale(name).is_relative


@pytest.mark.parametrize("name", RELATIVE)
def test_relative_scales_do_not(name):
    assert Scale(name).is_relative


def test_a_variant_of_log1p_is_log1p():
    assert Scale("log1p_cp10k").family == "log1p"
    assert not Scale("log1p").is_counts


@pytest.mark.parametrize("name", ["perturbation", "scale", "spelling", "observation"])
@pytest.mark.parametrize("value", [None, ["x"], True, 3])
def test_a_field_that_needs_one_text_says_so(name, value):
    with pytest.raises(BadMapping, match=f"`{name}` is") as caught:
        ColumnMapping(**{name: value})
    assert caught.value.way_out


@pytest.mark.parametrize("keep", ["x", 3, ["x"], [("a", "b", "c")]])
def test_what_is_kept_is_a_table(keep):
    with pytest.raises(BadMapping, match="`keep` is"):
        ColumnMapping(keep=keep)


def test_no_list_is_an_empty_list():
    assert ColumnMapping(context=None, control=None).context == ()
