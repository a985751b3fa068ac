"""Split, halves and query: who sees what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.core.errors import BadStudy, EmptySplit, Leakage, UnknownName
from foretell.core.halves import ControlHalves, halve, stratified
from foretell.core.query import Controls, Query, QueryRow
from foretell.core.split import Split
from foretell.core.task import Task, TaskName
from foretell.splits.make import make

TASK = Task(TaskName.UNSEEN_PERTURBATION)


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(0, 1000))
def test_halves_are_equal_in_all_and_in_every_stratum(strata, seed):
    strata = np.array(strata, dtype=int)
    first = halve(strata, np.random.default_rng(seed))
    for codes in (np.zeros_like(strata), strata):
        for code in np.unique(codes):
            here = first[codes == code]
            assert abs(2 * here.sum() - len(here)) <= 1


def test_halves_are_redrawn_by_the_generator():
    strata = np.repeat([0, 1], 20)
    draws = {halve(strata, np.random.default_rng(seed)).tobytes() for seed in range(20)}
    assert len(draws) == 20


@pytest.fixture
def data(make_dataset):
    return make_dataset(["A", "B", "C", "D"], n_control=60, contexts=("x", "y"))


@pytest.fixture
def split(data) -> Split:
    return make(data, TASK, folds=2, calibration=0.4)[0]


def test_models_see_training_conditions_and_model_halves_only(data, split):
    train, kept, query = split.train_part(data), split.calibration_part(data), split.query(data)
    assert set(train.perturbed) == set(split.train)
    assert set(kept.perturbed) == set(split.calibration)
    assert not set(split.test) & (set(split.train) | set(split.calibration))
    truth = np.concatenate([h.truth for h in split.halves])
    model = np.concatenate([h.model for h in split.halves])
    assert len(truth) == len(model) == 60
    for part in (train, kept):
        assert not np.isin(part.rows, truth).any()
        assert np.isin(model, part.rows).all()
    assert query.conditions == split.test
    assert query.controls.X.shape[0] == 60


def test_a_query_holds_the_controls_of_each_context_with_their_mean(data, split):
    query = split.query(data)
    for i, context in enumerate(query.controls.contexts):
        rows = split.control_half(context, "model")
        values = data.values().toarray()[np.isin(data.rows, rows)]
        np.testing.assert_array_equal(query.controls.cells(context).toarray(), values)
        np.testing.assert_allclose(query.controls.mean[i], values.mean(axis=0))
        assert query.controls.n[i] == len(values)
    expected = [query.controls.contexts.index(c.context) for c in split.test]
    np.testing.assert_array_equal(query.control_index, expected)


def test_the_hash_names_everything_that_decides_who_sees_what(data, split):
    others = [
        replace(split, train=split.train[1:]),
        replace(split, train=split.train[1:], calibration=(*split.calibration, split.train[0])),
        replace(split, test=split.test[1:]),
        replace(split, dataset="another"),
        replace(split, task=Task(TaskName.SEEN_CONDITION)),
        replace(split, halves=split.halves[:1]),
        replace(
            split, halves=tuple(replace(h, model=h.truth, truth=h.model) for h in split.halves)
        ),
    ]
    assert len({s.hash for s in (split, *others)}) == 1 + len(others)
    assert replace(split, repeat=7, audit=()).hash == split.hash


def test_an_empty_side_is_refused(split):
    for side in ("train", "test"):
        with pytest.raises(EmptySplit, match=f"the {side} side of unseen_perturbation") as caught:
            replace(split, **{side: ()})
        assert "folds" in caught.value.way_out


@pytest.mark.parametrize(("one", "other"), [("train", "test"), ("calibration", "test")])
def test_sides_that_share_a_condition_are_refused(split, one, other):
    both = (*getattr(split, one), getattr(split, other)[0])
    with pytest.raises(Leakage, match=f"{one} and {other} share") as caught:
        replace(split, **{one: both})
    assert caught.value.way_out


def test_halves_that_overlap_are_refused(split):
    first = split.halves[0]
    overlapping = ControlHalves(first.context, first.model, first.model, shared=False)
    with pytest.raises(Leakage, match="control halves of x overlap"):
        replace(split, halves=(overlapping,))


def test_a_query_needs_controls_of_every_context(split, data):
    query = split.query(data)
    lonely = Controls(
        query.controls.contexts[:1], query.controls.X, np.zeros(60, int), np.zeros((1, 8))
    )
    with pytest.raises(UnknownName, match="no controls of y") as caught:
        Query(query.rows, lonely, query.genes, query.scale)
    assert caught.value.way_out


def test_a_row_can_start_from_another_context(split, data):
    query = split.query(data)
    x, y = query.controls.contexts
    moved = replace(query, rows=(QueryRow(query.rows[0].perturbation, x, start=y),))
    np.testing.assert_array_equal(moved.control[0], query.controls.mean[1])


def test_rows_can_be_chosen(split, data):
    query = split.query(data)
    part = query.select([2, 0])
    assert part.conditions == (query.conditions[2], query.conditions[0])
    np.testing.assert_array_equal(part.control, query.control[[2, 0]])


@pytest.mark.parametrize(("name", "parts"), [("unseen_context", 1), ("unseen_combination", -1)])
def test_parts_seen_belong_to_combinations_and_are_counted(name, parts):
    with pytest.raises(BadStudy, match="`parts_seen`") as caught:
        Task.parse(name, parts)
    assert caught.value.way_out


def test_a_task_that_does_not_exist_names_the_nearest():
    with pytest.raises(UnknownName, match="'unseen_perturbaton'") as caught:
        Task.parse("unseen_perturbaton")
    assert "'unseen_perturbation'" in caught.value.way_out


# --- observations instead of conditions ---


@pytest.fixture
def divided(data) -> Split:
    """Four observations of two conditions are tested, two of another are for calibration."""
    rows = {c: data.subset([c]).rows for c in data.perturbed}
    a, b, c = data.perturbed[:3]
    whole = make(data, TASK, folds=2)[0]
    return replace(
        whole,
        task=Task(TaskName.SEEN_CONDITION),
        train=data.perturbed,
        test=(a, b),
        calibration=(c,),
        held_rows=np.concatenate([rows[a][:3], rows[b][:1]]),
        calibration_rows=rows[c][:2],
    )


def test_held_rows_are_tested_and_nobody_else_sees_them(data, divided):
    train, kept = divided.train_part(data), divided.calibration_part(data)
    test = divided.test_part(data)
    assert sorted(test.rows) == sorted(divided.held_rows)
    assert set(train.perturbed) == set(data.perturbed)
    perturbed = data.subset(data.perturbed).rows
    left = set(perturbed) - set(divided.held_rows) - set(divided.calibration_rows)
    assert set(train.subset(train.perturbed).rows) == left
    assert set(kept.subset(kept.perturbed).rows) == set(divided.calibration_rows)
    assert divided.query(data).conditions == divided.test


def test_whole_conditions_are_tested_where_no_rows_are_held(data, split):
    assert set(split.test_part(data).present) == set(split.test)
    assert split.test_part(data).n_obs == sum(data.n_by_condition[c] for c in split.test)


def test_rows_on_two_sides_are_refused(data, divided):
    with pytest.raises(Leakage, match="test and calibration share 1 observations") as caught:
        replace(divided, calibration_rows=divided.held_rows[:1])
    assert caught.value.way_out
    control = divided.halves[0].model[:1]
    with pytest.raises(Leakage, match="test and the controls share 1"):
        replace(divided, held_rows=np.concatenate([divided.held_rows, control]))


def test_the_hash_names_the_rows_in_any_order_and_no_record(divided):
    fewer = replace(divided, held_rows=divided.held_rows[1:])
    moved = replace(divided, calibration_rows=divided.calibration_rows[1:])
    assert len({divided.hash, fewer.hash, moved.hash}) == 3
    again = replace(divided, held_rows=divided.held_rows[::-1])
    record = replace(divided, name="x", rule="y", options=(("z", 1),), distance=np.zeros(2))
    assert again.hash == record.hash == divided.hash


def test_a_split_is_called_by_its_task_unless_it_has_a_name(split):
    assert split.name == "unseen_perturbation"
    assert replace(split, name="mine").name == "mine"


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.data(), st.integers(0, 1000))
def test_every_stretch_of_a_stratified_order_holds_its_part_of_every_stratum(strata, draw, seed):
    strata = np.array(strata)
    n = draw.draw(st.integers(0, len(strata)))
    order = stratified(strata, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(strata)))
    for code in np.unique(strata):
        size = (strata == code).sum()
        assert abs((strata[order[:n]] == code).sum() - n * size / len(strata)) <= len(
            np.unique(strata)
        )
