"""Labels: what a user's columns are read as, and what is refused at the border."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foretell.core.errors import BadMapping, NoControl, UnknownName
from foretell.core.labels import read_conditions
from foretell.core.mapping import ColumnMapping


def read(values, **columns):
    """Read the labels of a table with one column, or of a table."""
    table = values if isinstance(values, pd.DataFrame) else pd.DataFrame({"perturbation": values})
    table.index = [f"c{i}" for i in range(len(table))]
    return read_conditions(table, ColumnMapping.from_dict(columns))


def names(values, **columns):
    return [str(c.perturbation) for c in read(values, **columns).conditions]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("A+A", "A"),
        ("A+control", "A"),
        ("control+A", "A"),
        ("control+A+B", "A+B"),
        ("B + A", "A+B"),
        (" A ", "A"),
        ("A:B", r"A\:B"),
        ("β-actin/кот🐈", "β-actin/кот🐈"),
        ("x" * 5000, "x" * 5000),
    ],
)
def test_a_label_is_read_as_its_targets(label, expected):
    assert names(["control", label]) == sorted([expected, "control"])


@pytest.mark.parametrize("label", ["control+control", " control", "control ", " control + control"])
def test_spellings_of_control_are_control(label):
    assert names(["control", label, "A"]) == ["A", "control"]


@pytest.mark.parametrize("label", ["A+", "+A", "A++B", "+", "", "  "])
def test_an_empty_part_is_refused_with_label_column_and_observation(label):
    with pytest.raises(BadMapping) as caught:
        read(["control", "A", label])
    for wanted in (f"'{label}'", "'perturbation'", "'c2'"):
        assert wanted in caught.value.problem
    assert "no_call" in caught.value.way_out
    assert "delimiter" in caught.value.way_out


def test_an_empty_part_can_be_named_as_no_call():
    read_labels = read(["control", "A", "A+", ""], no_call=["A+", ""])
    assert read_labels.n_no_call == 2
    assert read_labels.codes.tolist() == [1, 0, -1, -1]


def test_without_a_delimiter_a_label_is_one_target():
    for delimiter in (None, ""):
        assert names(["control", "IL-2+"], delimiter=delimiter) == [r"IL-2\+", "control"]


def test_two_spellings_of_one_perturbation_are_merged_and_reported():
    found = read(["control", "A+B", "B+A", "A", "A+A"])
    assert len(found.conditions) == 3
    assert found.merged == ("A = A+A", "A+B = B+A")


@pytest.mark.parametrize("dtype", [int, float, "category", object, "Int64", "string"])
def test_whole_numbers_are_labels_whatever_the_column_type(dtype):
    labels = pd.Series([0, 1, 2, 1]).astype(str if dtype == "string" else dtype).astype(dtype)
    assert names(labels, control=0) == ["1", "2", "control"]
    assert names(labels, control="0") == ["1", "2", "control"]


def test_booleans_are_labels():
    assert names([False, True], control=False) == ["True", "control"]


def test_categories_without_cells_are_no_conditions():
    column = pd.Categorical(["control", "A"], categories=["A", "B", "control"])
    assert names(column) == ["A", "control"]


def test_a_column_that_is_missing_is_named_with_the_nearest():
    table = pd.DataFrame({"perturbation": ["control"], "cell_type": ["x"]})
    with pytest.raises(UnknownName, match="'perturbaton'") as caught:
        read(table, perturbation="perturbaton")
    assert "'perturbation'" in caught.value.way_out
    with pytest.raises(UnknownName, match="'celltype'") as caught:
        read(table, context="celltype")
    assert "'cell_type'" in caught.value.way_out


def test_empty_values_are_counted_and_the_first_is_named():
    for column, columns in (("perturbation", {}), ("cell_type", {"context": "cell_type"})):
        for as_category in (False, True):
            table = pd.DataFrame({"perturbation": ["control", "A"] * 2, "cell_type": ["x"] * 4})
            table[column] = table[column].astype(object).where([True, False, False, True])
            if as_category:
                table[column] = table[column].astype("category")
            with pytest.raises(BadMapping, match=f"2 empty values in column '{column}'") as caught:
                read(table, **columns)
            assert "'c1'" in caught.value.problem
            assert caught.value.way_out


def test_a_control_label_that_is_absent_names_the_nearest():
    with pytest.raises(NoControl, match="'contrl' in column 'perturbation'") as caught:
        read(["control", "A"], control="contrl")
    assert "did you mean 'control'?" in caught.value.way_out


def test_a_control_label_that_is_far_off_is_guessed_by_what_controls_are_called():
    with pytest.raises(NoControl) as caught:
        read(["non-targeting", "A", "B"])
    assert "perhaps non-targeting" in caught.value.way_out
    assert "log_ratio" in caught.value.way_out


def test_no_control_at_all_lists_the_labels():
    with pytest.raises(NoControl) as caught:
        read(["A", "B"])
    assert "A, B" in caught.value.way_out


def test_doses_and_horizons_are_numbers_however_they_are_stored():
    table = pd.DataFrame({"perturbation": ["control", "A", "A"]})
    for dose in (np.array([np.nan, 0.1, 2], np.float32), ["", "0.1", "2"], [None, 0.1, 2]):
        table["dose"] = dose
        found = read(table, dose="dose", dose_unit="uM").conditions
        assert [str(c.perturbation) for c in found] == ["A@0.1 uM", "A@2 uM", "control"]


@pytest.mark.parametrize("value", ["1 uM", None, np.nan, np.inf])
def test_a_dose_that_is_no_number_is_named(value):
    table = pd.DataFrame({"perturbation": ["control", "A"]})
    table["dose"] = pd.Series([1.0, value], dtype=object)
    with pytest.raises(BadMapping, match=r"in column 'dose' is not a number .*'c1'") as caught:
        read(table, dose="dose")
    assert "dose_unit" in caught.value.way_out


def test_a_control_has_neither_dose_nor_horizon():
    table = pd.DataFrame(
        {"perturbation": ["control", "control", "A"], "dose": [0, np.nan, 3], "h": [0, 6, 6.5]}
    )
    found = read(table, dose="dose", horizon_h="h").conditions
    assert list(map(str, found)) == ["A@3 in all after 6.5 h", "control in all"]


def test_conditions_that_would_be_spelled_alike_are_refused():
    table = pd.DataFrame(
        {
            "perturbation": ["control", "control"],
            "cell_a": ["x, y", "x"],
            "cell_b": ["z", "y, z"],
        }
    )
    with pytest.raises(BadMapping, match="x, y, z") as caught:
        read(table, context=["cell_a", "cell_b"])
    assert caught.value.way_out


def test_conditions_do_not_depend_on_the_order_of_the_rows():
    labels = ["B", "control", "A+B", "A", "A", "B"]
    one, other = read(labels), read(labels[::-1])
    assert one.conditions == other.conditions
    assert one.codes.tolist() == other.codes[::-1].tolist()
