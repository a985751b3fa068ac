"""Splits of observations: who is held out, what is read as truth, and what cannot be divided."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from foretell.bench.truth import hold_out_truth
from foretell.core.errors import BadStudy, EmptySplit
from foretell.splits.make import make


@pytest.fixture(scope="module")
def data(make_dataset):
    return make_dataset(["A", "B", "A+B", "C"], n=11, n_control=44, contexts=("x", "y"))


def held(split, data) -> dict[str, int]:
    return {str(c): n for c, n in split.test_part(data).n_by_condition.items()}


@pytest.mark.parametrize(("share", "n"), [(0.5, 6), (0.01, 1), (0.99, 10), (0.2, 2)])
def test_a_share_of_every_condition_is_held_out_and_both_sides_keep_one(data, share, n):
    (split,) = make(data, "seen_condition", options={"share": share})
    assert set(held(split, data).values()) == {n}
    assert set(split.test) == set(split.train) == set(data.perturbed)
    left = split.train_part(data)
    assert all(left.n_by_condition[c] == 11 - n for c in split.train)


def test_every_batch_stands_on_both_sides(data):
    (split,) = make(data, "seen_condition")
    part = split.test_part(data)
    for c in split.test:
        batches = Counter(data.obs["batch"].iloc[part.subset([c]).rows])
        assert sorted(batches.values()) in ([3, 3], [2, 4])


def test_calibration_observations_are_others_of_the_same_conditions(data):
    (split,) = make(data, "seen_condition", calibration=0.4)
    sides = [split.train_part(data), split.calibration_part(data), split.test_part(data)]
    rows = [part.subset(split.test).rows for part in sides]
    assert [len(r) for r in rows] == [8 * 3, 8 * 2, 8 * 6]
    assert len(np.unique(np.concatenate(rows))) == sum(map(len, rows))


def test_conditions_that_are_too_small_are_trained_on_and_counted(make_adata, make_dataset):
    adata = make_adata(["A", "B", "C"], n=6, n_control=44)
    alone = np.flatnonzero(adata.obs["perturbation"] == "C")[1:]
    adata = adata[np.setdiff1d(np.arange(adata.n_obs), alone)].copy()
    data = make_dataset(adata, {"observation": "samples"})
    (split,) = make(data, "seen_condition", calibration=0.3)
    assert {str(c.perturbation) for c in split.test} == {"A", "B"}
    assert {str(c.perturbation) for c in split.train} == {"A", "B", "C"}
    note = next(f for f in split.audit if "too few observations" in f.check)
    assert (note.count, note.is_leak) == (1, False)


def test_nothing_can_be_divided_where_every_condition_has_one_observation(make_dataset):
    data = make_dataset(["A", "B"], {"observation": "samples"}, n=1)
    with pytest.raises(EmptySplit, match="nothing to test for seen_condition") as caught:
        make(data, "seen_condition")
    assert caught.value.way_out


def test_repeats_draw_other_observations(data):
    first, second = make(data, "seen_condition", repeats=2)
    assert set(first.held_rows) != set(second.held_rows)
    assert (first.fold, second.fold, second.repeat) == (0, 0, 1)


@pytest.mark.parametrize("rule", ["seen_condition", "simple"])
def test_the_draw_follows_names_not_the_order_of_the_file(make_adata, make_dataset, rule):
    adata = make_adata(["A", "B", "C"], n=9, n_control=44)
    order = np.random.default_rng(3).permutation(adata.n_obs)
    names = []
    for rows in (np.arange(adata.n_obs), order):
        data = make_dataset(adata[rows].copy())
        (split,) = make(data, rule=rule, seed=4)
        names.append(set(data.obs.index[split.test_part(data).rows]))
    assert names[0] == names[1]


def test_simple_draws_observations_whatever_their_condition(data):
    (split,) = make(data, rule="simple", options={"share": 0.25})
    assert sum(held(split, data).values()) == 22  # of 88
    assert len(set(held(split, data).values())) > 1
    assert set(split.test) <= set(split.train)


def test_simple_does_not_test_what_it_did_not_train_on_unless_asked(make_dataset):
    data = make_dataset([*"ABCDEFGH"], {"observation": "samples"}, n=1, n_control=44)
    with pytest.raises(EmptySplit, match="nothing to test"):
        make(data, rule="simple")
    (split,) = make(data, rule="simple", options={"compat": "pereggrn"})
    note = next(f for f in split.audit if "without training observations" in f.check)
    assert note.count == len(split.test) > 0
    assert not note.is_leak


@pytest.mark.parametrize("share", [0, 1, -0.5, True, "half"])
def test_a_share_lies_between_0_and_1(data, share):
    with pytest.raises(BadStudy, match="`share` is") as caught:
        make(data, "seen_condition", options={"share": share})
    assert caught.value.way_out


def test_the_truth_is_read_from_the_held_rows_alone(data):
    (split,) = make(data, "seen_condition", options={"share": 0.3})
    truth = hold_out_truth(data, split, split.test, halves=3, seed=0)
    X = data.values().toarray()
    position = {row: i for i, row in enumerate(data.rows)}
    for i, condition in enumerate(truth.conditions):
        rows = [position[r] for r in split.test_part(data).subset([condition]).rows]
        assert truth.n[i] == len(rows) == 3
        np.testing.assert_allclose(truth.mean[i], X[rows].mean(axis=0))
        assert set(truth.half_n[:, i]) <= {1, 2}
        for half in range(3):
            at, n = np.array([i]), truth.half_n[half, i]
            inside = truth.moments(half, at).mean[0] * n
            outside = truth.other(half, at).mean[0] * (3 - n)
            np.testing.assert_allclose(inside + outside, X[rows].sum(axis=0), atol=1e-9)
