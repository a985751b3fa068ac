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


@pytest.mark.parametrize("value", ["high", None, np.nan, np.inf])
def test_a_dose_that_is_no_number_is_named(value):
    table = pd.DataFrame({"perturbation": ["control", "A"]})
    table["dose"] = pd.Series([1.0, value], dtype=object)
    with pytest.raises(BadMapping, match=r"column 'dose'.*'c1'") as caught:
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


# --- conventions of other collections ----------------------------------------------------------


def test_a_column_of_true_and_false_marks_controls_whatever_their_labels_say():
    for flags in ([True, False, False], ["yes", "no", "no"], [1, 0, 0], ["TRUE", "FALSE", "FALSE"]):
        table = pd.DataFrame({"perturbation": ["DMSO", "A", "B"], "flag": flags})
        assert names(table, is_control="flag") == ["A", "B", "control"]


def test_a_flagged_control_needs_no_label_and_is_never_a_no_call():
    table = pd.DataFrame({"perturbation": [None, "series", "A"], "flag": [True, False, False]})
    found = read(table, is_control="flag", no_call=["series", "nan"])
    assert [str(c.perturbation) for c in found.conditions] == ["A", "control"]
    assert found.n_no_call == 1


def test_a_flag_that_is_neither_true_nor_false_is_named():
    table = pd.DataFrame({"perturbation": ["x", "A"], "flag": ["maybe", "no"]})
    with pytest.raises(BadMapping, match="'maybe' in column 'flag'.*'c0'"):
        read(table, is_control="flag")


def test_a_flag_that_is_never_true_leaves_no_control():
    table = pd.DataFrame({"perturbation": ["x", "A"], "flag": [False, False]})
    with pytest.raises(NoControl, match="'flag' marks no observation"):
        read(table, is_control="flag")


def test_labels_of_tuples_carry_their_doses():
    labels = ["[('DMSO_TF', 0.0, 'uM')]", "[('JQ1', 0.5, 'uM')]", "[('A', 5.0, 'nM'), ('B', 1)]"]
    found = names(labels, control=labels[0], spelling="tuples")
    assert found == ["A@5 nM+B@1", "JQ1@0.5 uM", "control"]
    assert names(labels, control="DMSO_TF", spelling="tuples")[-1] == "control"


@pytest.mark.parametrize(
    "label", ["[('A', 'x')]", "A", "[]", "[(", "[('', 1.0)]", "__import__('os')"]
)
def test_a_label_that_is_no_list_of_tuples_is_named(label):
    with pytest.raises(BadMapping, match="no list of tuples"):
        names(["control", label], spelling="tuples")


def test_a_dose_inside_a_label_is_read_after_its_mark():
    labels = ["control", "901|1.5+HN|6", "HN|6", "plain"]
    found = names(labels, dose_mark="|", dose_unit="uM")
    assert found == ["901@1.5 uM+HN@6 uM", "HN@6 uM", "control", "plain"]
    with pytest.raises(BadMapping, match=r"label 'A\|high'"):
        names(["control", "A|high"], dose_mark="|")


def test_every_part_has_its_dose_where_the_column_gives_one_per_part():
    table = pd.DataFrame(
        {"perturbation": ["ctrl", "A+ctrl", "A+B", "B"], "dose": ["0", "1.0+1.0", "0.5+2", "3"]}
    )
    assert names(table, control="ctrl", dose="dose") == ["A@0.5+B@2", "A@1", "B@3", "control"]
    table["dose"] = ["0", "1", "1+2+3", "3"]
    with pytest.raises(BadMapping, match="3 doses for 2 parts of 'A\\+B'"):
        names(table, control="ctrl", dose="dose")


def test_doses_in_several_units_become_one():
    table = pd.DataFrame({"perturbation": ["control", "A", "A"], "dose": ["", "500 nM", "0.5 µM"]})
    assert names(table, dose="dose", dose_unit="uM") == ["A@0.5 uM", "control"]
    table["dose"] = ["", "500 ng/mL", "0.5 uM"]
    with pytest.raises(BadMapping, match="'ng/mL' cannot be converted to 'uM'"):
        names(table, dose="dose", dose_unit="uM")


def test_a_column_of_kinds_is_read_in_the_words_of_the_field():
    table = pd.DataFrame({"perturbation": ["control", "A", "A"], "how": ["none", "KO", "CRISPRa"]})
    assert names(table, kind_column="how") == ["A:activation", "A:knockout", "control"]
    table["how"] = ["none", "KO", "wishing"]
    with pytest.raises(BadMapping, match="'wishing' in column 'how'.*'c2'"):
        names(table, kind_column="how")


def test_times_are_read_in_their_unit():
    table = pd.DataFrame({"perturbation": ["control", "A", "A"], "t": ["0", "90", "2 h"]})
    found = read(table, horizon_h="t", horizon_unit="min").conditions
    assert [c.horizon_h for c in found] == [1.5, 2.0, None]


def test_observations_that_are_not_kept_are_dropped_and_counted():
    table = pd.DataFrame({"perturbation": ["control", "A", "B", None], "arm": ["x", "x", "y", "y"]})
    found = read(table, keep={"arm": "x"})
    assert found.n_not_kept == 2
    assert found.codes.tolist() == [1, 0, -1, -1]
    with pytest.raises(UnknownName, match="'z' in column 'arm'"):
        read(table, keep={"arm": "z"})


def test_missing_labels_are_dropped_where_no_call_says_so():
    assert read(["control", "A", None], no_call="nan").n_no_call == 1
    with pytest.raises(BadMapping, match='no_call = "nan"'):
        read(["control", "A", None])
