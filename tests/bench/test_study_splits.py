"""Splits in study files: rules, options, names, and a study that runs through."""

from __future__ import annotations

import pytest

from foretell.bench.study_file import parse_study
from foretell.core.errors import BadStudy, ForetellError, UnknownName
from foretell.core.study import SplitSpec
from foretell.core.task import Task

STUDY = """\
name = "s"
metrics = ["mse"]
[[models]]
name = "no_change"
[[datasets]]
simulate = { n_genes = 80 }
[[datasets.splits]]
"""


def split_of(text: str) -> SplitSpec:
    (split,) = parse_study(STUDY + text, name="s").datasets[0].splits
    return split


@pytest.mark.parametrize(
    ("text", "task", "name"),
    [
        ('task = "unseen_dose"', "unseen_dose", "unseen_dose"),
        ('rule = "unseen_dose"', "unseen_dose", "unseen_dose"),
        (
            'task = "unseen_dose"\nask = "extrapolate"',
            "unseen_dose",
            "unseen_dose, ask extrapolate",
        ),
        (
            'rule = "genetic_interaction"\nparts_seen = 2',
            "unseen_combination (2 parts seen)",
            "unseen_combination (2 parts seen), genetic_interaction",
        ),
        (
            'rule = "gears_simulation"\ntask = "unseen_combination"\nparts_seen = 1',
            "unseen_combination (1 part seen)",
            "unseen_combination (1 part seen), gears_simulation",
        ),
        ('rule = "demultiplexing"', "unseen_perturbation", "unseen_perturbation, demultiplexing"),
        (
            'rule = "few_shot_context"\nshots = ["A", "B"]',
            "unseen_context",
            "unseen_context, few_shot_context, shots A+B",
        ),
        (
            'rule = "custom"\ntask = "unseen_perturbation"\ncolumn = "split"',
            "unseen_perturbation",
            "unseen_perturbation, custom, column split",
        ),
        (
            'rule = "custom"\ntask = "seen_condition"\nfile = "a/b.json"',
            "seen_condition",
            "seen_condition, custom, file b.json",
        ),
        ('rule = "seen_condition"\nlabel = "within"\nshare = 0.2', "seen_condition", "within"),
    ],
)
def test_a_split_is_read_and_named(text, task, name):
    split = split_of(text)
    assert (str(split.task), str(split)) == (task, name)


def test_options_at_their_defaults_do_not_make_another_split():
    assert split_of('task = "unseen_dose"\nask = "all"') == split_of('task = "unseen_dose"')


@pytest.mark.parametrize(
    ("text", "kind", "line", "problem", "way_out"),
    [
        ('rule = "gears"\ntask = "unseen_combination"', UnknownName, 8, "no split for 'gears'", ""),
        ('task = "unseen_dose"\naks = "all"', UnknownName, 9, "no key 'aks'", "'ask'"),
        ('task = "unseen_dose"\nask = "below"', BadStudy, 9, "`ask` is 'below'", "interpolate"),
        ('task = "unseen_dose"\nfold = 3', UnknownName, 9, "no key 'fold'", "'folds'"),
        ('rule = "custom"\ncolumn = "split"', BadStudy, 8, "what is unseen", "task ="),
        ("folds = 3", BadStudy, None, "needs a task", "task ="),
        ('task = "unseen_dose"\nlabel = 3', BadStudy, 9, "`label` of a split is 3", "quotes"),
        (
            'rule = "timeseries"\ntask = "unseen_dose"',
            BadStudy,
            9,
            "no splits for 'unseen_dose'",
            "unseen_time",
        ),
        ('rule = "unseen_context"\nparts_seen = 1', BadStudy, 8, "makes no splits", "valid"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, kind, line, problem, way_out):
    with pytest.raises(ForetellError) as caught:
        split_of(text)
    assert isinstance(caught.value, kind)
    assert problem in caught.value.problem
    assert way_out in caught.value.way_out
    assert line is None or f"line {line}" in caught.value.problem or "lines" in caught.value.problem


def test_a_label_is_no_part_of_what_a_split_is():
    from foretell.core.spec import spec_hash

    task = Task.parse("unseen_dose")
    one, other, third = (
        SplitSpec(task, label="a"),
        SplitSpec(task, label="b"),
        SplitSpec(task, options=(("ask", "extrapolate"),)),
    )
    assert spec_hash(one) == spec_hash(other) != spec_hash(third)
