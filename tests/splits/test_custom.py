"""Custom: lists, columns and files; and all that can be wrong with them."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from foretell.core.errors import BadStudy, Leakage, UnknownName, UnreadableFile
from foretell.core.layout import Joined
from foretell.core.mapping import ColumnMapping
from foretell.data.load import load
from foretell.splits.make import make

LABELS = ["A", "B", "A+B", "C", "D"]
TASK = "unseen_perturbation"


@pytest.fixture
def adata(make_adata):
    adata = make_adata(LABELS, n=4, n_control=44, contexts=("x", "y"))
    side = {"A": "test", "A+B": "ood", "B": "val", "C": "train", "D": "train", "control": "test"}
    adata.obs["split"] = adata.obs["perturbation"].map(side)
    return adata


@pytest.fixture
def data(adata, make_dataset):
    return make_dataset(adata)


def custom(data, task=TASK, share=0.0, **options):
    (split,) = make(data, task, rule="custom", options=options, calibration=share)
    return split


def sides(split) -> dict[str, set[str]]:
    return {name: set(map(str, getattr(split, name))) for name in ("train", "calibration", "test")}


def both(*labels) -> set[str]:
    return {f"{label} in {context}" for label in labels for context in "xy"}


def test_a_list_tests_perturbations_everywhere_and_trains_on_the_rest(data):
    split = custom(data, test=["C", "D in x"], as_published=True)
    assert sides(split)["test"] == {*both("C"), "D in x"}
    assert sides(split)["train"] == {*both("A", "B", "A+B"), "D in y"}


@pytest.mark.parametrize("name", ["A+B", "B+A", " A+B "])
def test_names_may_be_spelled_as_in_the_users_column(adata, make_dataset, name):
    adata.obs["perturbation"] = adata.obs["perturbation"].replace({"A+B": name})
    split = custom(make_dataset(adata), "unseen_combination", test=[name])
    assert sides(split)["test"] == both("A+B")


def test_with_a_training_list_the_rest_is_unused_and_calibration_can_be_named(data):
    split = custom(data, test=["C"], train=["A"], calibration=["D"])
    assert sides(split) == {"train": both("A"), "calibration": both("D"), "test": both("C")}


def test_calibration_is_kept_by_the_tasks_own_rule_where_none_is_named(data):
    split = custom(data, share=0.3, test=["C"])
    targets = [
        {t for c in side for t in c.perturbation.targets}
        for side in (split.train, split.calibration, split.test)
    ]
    assert all(targets)
    assert not targets[0] & targets[1]
    assert targets[2] == {"C"}


def test_a_column_says_the_sides_in_the_fields_words(data):
    split = custom(data, column="split", as_published=True)
    assert sides(split) == {
        "train": both("C", "D"),
        "calibration": both("B"),
        "test": both("A", "A+B"),
    }
    assert split.held_rows is None


def test_lists_choose_among_the_values_of_a_column(data):
    split = custom(data, "unseen_combination", column="split", test=["ood"])
    assert sides(split) == {"train": both("C", "D"), "calibration": set(), "test": both("A+B")}
    split = custom(data, column="split", test=["test"], train=["train", "val"])
    assert sides(split)["train"] == both("B", "C", "D")


def test_controls_keep_their_halves_whatever_a_column_says_of_them(data):
    split = custom(data, column="split", as_published=True)
    assert [len(h.model) for h in split.halves] == [22, 22]


@pytest.mark.parametrize(
    ("options", "kind", "problem", "way_out"),
    [
        ({"column": "splt"}, UnknownName, "no column 'splt'", "'split'"),
        ({"column": "split", "test": ["odd"]}, UnknownName, "'odd' is not in", "'ood'"),
        (
            {"column": "batch"},
            UnknownName,
            "'b0' in column 'batch' names no side",
            'test = \\["b0"',
        ),
        ({"test": ["AB"]}, UnknownName, "under test, names 'AB'", "'A\\+B'"),
        ({"test": ["A in z"]}, UnknownName, "'A in z'", "'A in"),
        ({"test": ["A"], "train": ["A"]}, Leakage, "A in x, A in y for train and test", "one side"),
        ({"file": "x.json", "test": ["A"]}, BadStudy, "other sources", "one of them"),
        ({}, BadStudy, "does not say what is tested", "column ="),
    ],
)
def test_what_is_wrong_is_named(data, options, kind, problem, way_out):
    with pytest.raises(kind, match=problem) as caught:
        custom(data, **options)
    assert re.search(way_out, caught.value.way_out)


def test_a_published_split_that_shows_what_is_unseen_is_refused_unless_asked_for(data):
    with pytest.raises(Leakage, match="held-out targets inside training perturbations: 1"):
        custom(data, test=["A"])
    split = custom(data, test=["A"], as_published=True)
    finding = next(f for f in split.audit if f.check.startswith("held-out targets"))
    assert (finding.count, finding.is_leak) == (1, False)


def divide(adata):
    """Let the column put half of every condition on each side."""
    rows = np.arange(adata.n_obs)
    adata.obs["split"] = np.where(rows % 2, "train", "test")
    return adata


def test_a_condition_on_both_sides_is_refused_unless_its_rows_are_divided(adata, make_dataset):
    data = make_dataset(divide(adata))
    with pytest.raises(Leakage, match="10 conditions stand on several sides") as caught:
        custom(data, "seen_condition", column="split")
    assert "rows = true" in caught.value.way_out
    split = custom(data, "seen_condition", column="split", rows=True)
    tested = data.obs["split"].iloc[split.test_part(data).rows]
    assert set(tested) == {"test"}
    assert len(tested) == 20
    assert set(split.test) == set(split.train) == set(data.perturbed)


def test_a_list_of_observations_is_a_pereggrn_test_set(data, tmp_path):
    for repeat, first in enumerate((0, 2)):
        rows = [r for c in data.perturbed for r in data.subset([c]).rows[first : first + 2]]
        names = [*data.obs.index[rows], data.obs.index[0]]  # a control is named as well
        (tmp_path / f"{repeat}.json").write_text(json.dumps(names))
    options = {"file": str(tmp_path / "{repeat}.json")}
    splits = make(data, "seen_condition", rule="custom", options=options, repeats=2)
    for repeat, split in enumerate(splits):
        assert split.repeat == repeat
        assert split.test_part(data).n_obs == 20
    assert not set(splits[0].held_rows) & set(splits[1].held_rows)


def test_observations_that_make_whole_conditions_are_conditions(data, tmp_path):
    chosen = [c for c in data.perturbed if str(c.perturbation) == "C"]
    names = data.obs.index[data.subset(chosen).rows]
    (tmp_path / "names.txt").write_text("\n".join(names) + "\n")
    split = custom(data, file=str(tmp_path / "names.txt"))
    assert split.held_rows is None
    assert sides(split)["test"] == both("C")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"test": ["C"], "val": ["D"]}'),
        ("a.toml", 'test = ["C"]\nvalidation = ["D"]'),
    ],
)
def test_a_file_lists_conditions_by_side(data, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    split = custom(data, file=str(tmp_path / name))
    assert sides(split) == {
        "train": both("A", "B", "A+B"),
        "calibration": both("D"),
        "test": both("C"),
    }


@pytest.mark.parametrize(
    ("text", "kind", "problem"),
    [
        ('["c0", "c50", "c60", "cx"]', UnknownName, "'cx', which is no observation"),
        ('["A", "Q"]', UnknownName, "names 'Q', which is no perturbed condition"),
        ('{"tst": ["A"]}', UnknownName, "key 'tst'"),
        ('{"test": "A"}', UnreadableFile, "'test' in .* is not a list"),
        ("3", UnreadableFile, "neither a list nor a table"),
        ("[", UnreadableFile, "cannot read"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(data, tmp_path, text, kind, problem):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(kind, match=problem) as caught:
        custom(data, file=str(tmp_path / "a.json"))
    assert caught.value.way_out


def test_a_file_that_is_missing_names_its_neighbour(data, tmp_path):
    (tmp_path / "mine.json").write_text("[]")
    with pytest.raises(UnreadableFile, match="no file") as caught:
        custom(data, file=str(tmp_path / "mien.json"))
    assert "'mine.json'" in caught.value.way_out


def test_rows_of_a_training_condition_that_are_on_no_side_are_refused(adata, make_dataset):
    adata = divide(adata)
    adata.obs.loc[adata.obs_names[1::4], "split"] = "neither"
    with pytest.raises(BadStudy, match="observations of training conditions are on no side"):
        custom(make_dataset(adata), "seen_condition", column="split", test=["test"], rows=True)


def test_two_joined_files_are_the_two_sides(adata, tmp_path):
    first = adata.obs["perturbation"].isin(["control", "C", "D"])
    for name, keep in (
        ("train", first),
        ("test", adata.obs["perturbation"].isin(["control", "A"])),
    ):
        adata[keep.to_numpy()].copy().write_h5ad(tmp_path / f"{name}.h5ad")
    joined = Joined(str(tmp_path / "test.h5ad"), columns=(("side", "test"),))
    mapping = ColumnMapping(context=("cell_type",))
    data = load(tmp_path / "train.h5ad", mapping, join=[joined])
    split = custom(data, column="side", test=["test"], train=["not given"])
    assert sides(split) == {"train": both("C", "D"), "calibration": set(), "test": both("A")}
