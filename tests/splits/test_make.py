"""Make: what each task hides, and what cannot be divided."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, EmptySplit, UnknownName
from foretell.core.split import Split
from foretell.core.task import Task, TaskName
from foretell.splits.make import make
from foretell.splits.unseen_combination import n_parts_seen

GENES = [*"ABCDEFGH"]
PAIRS = ["A+B", "A+C", "B+C", "C+D", "D+E", "E+F", "F+G", "G+H", "A+H", "B+F"]
PARTS = [0, 1, 2, None]


@pytest.fixture(scope="module")
def data(make_dataset) -> Dataset:
    return make_dataset([*GENES, *PAIRS], n=2, n_control=80, contexts=("x", "y"))


def targets_of(conditions) -> set[str]:
    return {target for c in conditions for target in c.perturbation.targets}


@pytest.mark.parametrize("calibration", [0.0, 0.3])
def test_unseen_targets_appear_nowhere_in_training(data, calibration):
    splits = make(data, "unseen_perturbation", folds=3, repeats=2, calibration=calibration)
    assert len(splits) == 6
    for split in splits:
        assert not targets_of(split.test) & targets_of(split.train)
        assert not targets_of(split.test) & targets_of(split.calibration)
        assert not targets_of(split.calibration) & targets_of(split.train)
        assert bool(split.calibration) == bool(calibration)
        assert all(c.perturbation.order == 1 for c in split.test)
    for repeat in (0, 1):
        tested = [c for s in splits if s.repeat == repeat for c in s.test]
        assert sorted(map(str, tested)) == sorted(f"{g} in {c}" for g in GENES for c in "xy")


@pytest.mark.parametrize("calibration", [0.0, 0.3])
@pytest.mark.parametrize("parts_seen", PARTS)
def test_combinations_have_exactly_the_parts_seen_that_were_asked_for(
    data, parts_seen, calibration
):
    task = Task(TaskName.UNSEEN_COMBINATION, parts_seen)
    splits = [s for seed in range(6) for s in splits_of(data, task, calibration, seed)]
    assert len(splits) > 15
    for split in splits:
        for held in (split.test, split.calibration):
            assert all(c.perturbation.order == 2 for c in held)
            assert not {c.perturbation for c in held} & {c.perturbation for c in split.train}
            if parts_seen is not None:
                seen = {(c.perturbation, c.context) for c in split.train}
                touched = targets_of(split.train)
                assert {n_parts_seen(c, seen, touched) for c in held} <= {parts_seen}


def splits_of(data, task, calibration, seed) -> list[Split]:
    """Return splits; with nothing seen, some draws hide so much that nothing is left to train."""
    try:
        return make(data, task, folds=5, calibration=calibration, seed=seed)
    except EmptySplit:
        assert task.parts_seen == 0
        return []


def test_both_parts_seen_tests_every_combination_once(data):
    splits = make(data, Task(TaskName.UNSEEN_COMBINATION, 2), folds=5)
    tested = sorted(str(c) for s in splits for c in s.test)
    assert tested == sorted(str(c) for c in data.perturbed if c.perturbation.order == 2)


def test_an_unseen_context_shows_nothing_but_its_controls(data):
    splits = make(data, "unseen_context", folds=5)
    assert len(splits) == 2
    for split in splits:
        (held,) = {c.context for c in split.test}
        assert held not in {c.context for c in split.train}
        train, query = split.train_part(data), split.query(data)
        assert held not in train.contexts
        assert query.controls.contexts == (held,)


def test_splits_follow_the_seed_and_nothing_else(make_dataset, data):
    one, same, other = (make(data, "unseen_perturbation", folds=3, seed=s) for s in (1, 1, 2))
    assert [s.hash for s in one] == [s.hash for s in same]
    assert [s.hash for s in one] != [s.hash for s in other]
    again = make_dataset([*GENES, *PAIRS], n=2, n_control=80, contexts=("x", "y"))
    assert [s.hash for s in make(again, "unseen_perturbation", folds=3, seed=1)] == [
        s.hash for s in one
    ]


def test_control_halves_are_shared_by_folds_redrawn_by_repeat_and_stratified_by_batch(data):
    first, second, _, later = make(data, "unseen_perturbation", folds=2, repeats=2)
    context = data.contexts[0]
    half = first.control_half(context, "model")
    np.testing.assert_array_equal(half, second.control_half(context, "model"))
    assert not np.array_equal(half, later.control_half(context, "model"))
    assert len(half) == 40
    batch = data.obs["batch"].to_numpy()
    assert (batch[half] == "b0").sum() == 20
    both = np.concatenate([half, first.control_half(context, "truth")])
    assert sorted(both) == sorted(data.controls(context).rows)


@pytest.mark.parametrize(
    ("observation", "n_control", "is_shared"),
    [("cells", 39, True), ("cells", 40, False), ("samples", 7, True), ("samples", 8, False)],
)
def test_few_controls_stay_shared_and_say_so(make_dataset, observation, n_control, is_shared):
    data = make_dataset(GENES, n_control=n_control, columns={"observation": observation})
    split = make(data, "unseen_perturbation", folds=2)[0]
    assert split.is_shared(data.contexts[0]) == is_shared
    sides = [split.control_half(data.contexts[0], side) for side in ("model", "truth")]
    assert np.array_equal(*sides) == is_shared


def test_a_relative_scale_has_no_control_halves(make_dataset):
    data = make_dataset(GENES, scale="z", n_control=0, dense=True)
    split = make(data, "unseen_perturbation", folds=2)[0]
    assert split.halves == ()
    assert split.is_shared(data.contexts[0])


@pytest.mark.parametrize(
    ("labels", "task", "folds"),
    [
        (["A"], "unseen_perturbation", 5),
        (["A", "B"], "unseen_perturbation", 1),
        (["A", "B"], "unseen_combination", 5),
        (["A+B"], "unseen_combination", 5),
        (["A", "B", "C"], "unseen_context", 5),
    ],
)
def test_what_cannot_be_divided_says_what_the_file_holds(make_dataset, labels, task, folds):
    with pytest.raises(EmptySplit, match=task) as caught:
        make(make_dataset(labels), task, folds=folds)
    assert "single and" in caught.value.way_out
    assert "task" in caught.value.way_out


def test_combinations_without_enough_seen_parts_are_no_empty_split(make_dataset):
    data = make_dataset(["A+B", "C+D", "E+F"])  # nothing alone: no part can be seen
    with pytest.raises(EmptySplit, match="nothing to test") as caught:
        make(data, Task(TaskName.UNSEEN_COMBINATION, 2), folds=3)
    assert "0 single and 3 combined" in caught.value.way_out


def test_all_targets_hidden_leaves_no_training_side(make_dataset):
    data = make_dataset(["A", "B", "A+B", "B+C", "A+C"])
    with pytest.raises(EmptySplit, match="the train side") as caught:
        make(data, Task(TaskName.UNSEEN_COMBINATION, 0), folds=2)
    assert "folds" in caught.value.way_out


def test_a_rule_that_does_not_exist_names_the_nearest(data):
    with pytest.raises(UnknownName, match="no split for 'gears_simulaton'") as caught:
        make(data, "unseen_combination", rule="gears_simulaton")
    assert "'gears_simulation'" in caught.value.way_out


def test_an_option_that_does_not_exist_names_the_nearest(data):
    with pytest.raises(UnknownName, match="'few_shot_context' has no option 'shot'") as caught:
        make(data, rule="few_shot_context", options={"shot": 3})
    assert "'shots'" in caught.value.way_out


def test_a_rule_says_which_tasks_it_serves(data):
    with pytest.raises(BadStudy, match="makes no splits for 'unseen_dose'") as caught:
        make(data, "unseen_dose", rule="genetic_interaction")
    assert "unseen_combination" in caught.value.way_out
    with pytest.raises(BadStudy, match="'gears_simulation' does not say what is unseen") as caught:
        make(data, rule="gears_simulation")
    assert 'task = "unseen_combination"' in caught.value.way_out


def test_a_split_records_its_rule_and_what_was_chosen(data):
    options = {"train_gene_set_size": 0.5, "combo_seen2_train_frac": 0.75}
    split = make(data, "unseen_perturbation", rule="gears_simulation", options=options, name="n")[0]
    assert (split.rule, split.name) == ("gears_simulation", "n")
    assert split.options == (("train_gene_set_size", 0.5),)  # the other is the default


def test_more_folds_than_units_leave_one_out(data):
    splits = make(data, "unseen_perturbation", folds=100)
    assert len(splits) == len(GENES)
    assert {len(s.test) for s in splits} == {2}
