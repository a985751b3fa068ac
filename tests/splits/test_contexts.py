"""Contexts that are known in part: few shots, and State's configuration."""

from __future__ import annotations

import pytest

from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, Leakage, UnknownName, UnreadableFile
from foretell.splits.make import make

GENES = [*"ABCDEFGH"]


@pytest.fixture(scope="module")
def data(make_dataset) -> Dataset:
    return make_dataset(GENES, n=2, n_control=44, contexts=("x", "y", "z"))


def shown(split, context) -> set[str]:
    return {str(c.perturbation) for c in split.train if str(c.context) == context}


@pytest.mark.parametrize(("shots", "n"), [(1, 1), (3, 3), (0.5, 4), (["A", "C"], 2)])
def test_some_perturbations_of_the_held_context_are_shown(data, shots, n):
    splits = make(data, rule="few_shot_context", options={"shots": shots}, folds=3)
    assert len(splits) == 3
    for split in splits:
        (context,) = {str(c.context) for c in split.test}
        few = shown(split, context)
        assert len(few) == n
        assert few | {str(c.perturbation) for c in split.test} == set(GENES)
        assert all(shown(split, other) == set(GENES) for other in {"x", "y", "z"} - {context})
        finding = next(f for f in split.audit if f.check.startswith("held-out contexts"))
        assert (finding.count, finding.is_leak) == (1, False)


def test_more_shots_hold_the_fewer(data):
    levels = [make(data, rule="few_shot_context", options={"shots": n}, folds=3) for n in (1, 2, 5)]
    for splits in zip(*levels, strict=True):
        few = [{c for c in s.train if c.context == s.test[0].context} for s in splits]
        assert few[0] < few[1] < few[2]
        assert len({s.test[0].context for s in splits}) == 1


def test_calibration_hides_other_contexts_with_as_many_shots(data):
    for split in make(
        data, rule="few_shot_context", options={"shots": 2}, folds=3, calibration=0.5
    ):
        (held,) = {str(c.context) for c in split.test}
        (kept,) = {str(c.context) for c in split.calibration}
        assert held != kept
        assert len(shown(split, kept)) == len(shown(split, held)) == 2


@pytest.mark.parametrize("shots", [0, -1, 1.5, True, "A", []])
def test_shots_are_a_number_a_share_or_labels(data, shots):
    with pytest.raises(BadStudy, match="`shots` is") as caught:
        make(data, rule="few_shot_context", options={"shots": shots})
    assert caught.value.way_out


def test_a_shot_that_does_not_exist_names_the_nearest(make_dataset):
    data = make_dataset(["KLF1", "GATA1"], contexts=("x", "y"))
    with pytest.raises(UnknownName, match="`shots` names 'KLF2'") as caught:
        make(data, rule="few_shot_context", options={"shots": ["KLF2"]})
    assert "'KLF1'" in caught.value.way_out


TABLES = {
    "training": {"mine": "train", "other": "train"},
    "zeroshot": {"mine.x": "test", "other.k562": "val"},
    "fewshot": {"mine.y": {"val": ["A", "B"], "test": ["B", "C"]}},
}
TOML = """
[datasets]
mine = "/somewhere"
[training]
mine = "train"
other = "train"
[zeroshot]
"mine.x" = "test"
"other.k562" = "val"
[fewshot."mine.y"]
val = ["A", "B"]
test = ["B", "C"]
"""


def sides(split) -> dict[str, set[str]]:
    return {name: set(map(str, getattr(split, name))) for name in ("train", "calibration", "test")}


def test_states_configuration_is_read_from_its_file_and_from_the_study(data, tmp_path):
    file = tmp_path / "state.toml"
    file.write_text(TOML)
    expected = {
        "test": {f"{g} in x" for g in GENES} | {"B in y", "C in y"},
        "calibration": {"A in y"},
        "train": {f"{g} in y" for g in GENES if g not in "ABC"} | {f"{g} in z" for g in GENES},
    }
    for options in ({"file": str(file)}, TABLES):
        (split,) = make(data, rule="state_toml", options={**options, "dataset": "mine"})
        assert sides(split) == expected
        assert str(split.task) == "unseen_context"
        counts = {f.check: f.count for f in split.audit}
        assert counts["perturbations under val and test of the configuration: tested"] == 1
        assert counts["entries of other data sets in the configuration: passed over"] == 1


def test_contexts_of_a_data_set_that_is_not_under_training_are_unused(data):
    tables = {"zeroshot": {"d.x": "test"}, "fewshot": {"d.y": {"test": ["A"]}}}
    (split,) = make(data, rule="state_toml", options=tables)
    assert sides(split)["train"] == {f"{g} in y" for g in GENES if g != "A"}


@pytest.mark.parametrize(
    ("change", "kind", "problem", "way_out"),
    [
        ({"zeroshot": {"mine.w": "test"}}, UnknownName, "the cell type 'w'", "valid: x, y, z"),
        ({"zeroshot": {"mine.x": "tset"}}, UnknownName, "'tset'", "'test'"),
        ({"fewshot": {"mine.y": {"test": ["AA"]}}}, UnknownName, "'AA'", "'A'"),
        ({"fewshot": {"mine.y": {"tests": ["A"]}}}, UnknownName, "'tests'", "'test'"),
        ({"dataset": "their"}, UnknownName, "not 'their'", "dataset ="),
        ({"file": "f.toml"}, BadStudy, "twice", "tables"),
    ],
)
def test_what_states_configuration_gets_wrong_is_named(data, change, kind, problem, way_out):
    with pytest.raises(kind, match=problem) as caught:
        make(data, rule="state_toml", options=TABLES | {"dataset": "mine"} | change)
    assert way_out in caught.value.way_out


def test_a_file_that_is_missing_or_no_toml_is_named(data, tmp_path):
    with pytest.raises(UnreadableFile, match=r"no file .*state.toml") as caught:
        make(data, rule="state_toml", options={"file": str(tmp_path / "state.toml")})
    assert caught.value.way_out
    (tmp_path / "state.toml").write_text("[")
    with pytest.raises(UnreadableFile, match="cannot read"):
        make(data, rule="state_toml", options={"file": str(tmp_path / "state.toml")})


def test_as_unseen_perturbations_few_shots_are_a_leak(data):
    options = TABLES | {"dataset": "mine"}
    with pytest.raises(Leakage, match="held-out targets inside training"):
        make(data, "unseen_perturbation", rule="state_toml", options=options)
