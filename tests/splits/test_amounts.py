"""Unseen doses, unseen times and forecasts: what is asked, and what is never shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given
from hypothesis import strategies as st

from foretell.contract.dosed import dosed_dataset
from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, EmptySplit, Leakage, UnknownName
from foretell.core.mapping import ColumnMapping
from foretell.core.perturbation import Component, Perturbation
from foretell.core.task import Task, TaskName
from foretell.splits import unseen_dose, unseen_time
from foretell.splits.audit import audit, row_signatures
from foretell.splits.make import make

DOSE, TIME = Task(TaskName.UNSEEN_DOSE), Task(TaskName.UNSEEN_TIME)
RNG = np.random.default_rng(0)
ASKS = ("all", "interpolate", "extrapolate")


def condition(targets, dose, line="x", hours=None, horizon=None) -> Condition:
    items = {"cell_type": line} | ({} if hours is None else {"time": hours})
    parts = tuple(Component(t, "compound", dose, "uM") for t in targets)
    return Condition(Perturbation(parts), Context.of(**items), horizon)


conditions = st.lists(
    st.builds(
        condition,
        st.sampled_from(["A", "B", "C", "AB"]),
        st.sampled_from([0.1, 1.0, 10.0, 100.0]),
        st.sampled_from("xy"),
        st.sampled_from([2, 8, 24]),
    ),
    unique=True,
    max_size=40,
)


def dose_of(c) -> tuple[float, ...]:
    return tuple(part.dose for part in c.perturbation.components)


def fits(asked, seen, ask) -> bool:
    """The definition, written out."""
    others = [s for s in seen if s != asked]
    if ask == "all":
        return bool(others)
    below = [all(a <= b for a, b in zip(s, asked, strict=True)) for s in others]
    above = [all(a >= b for a, b in zip(s, asked, strict=True)) for s in others]
    return any(below) and any(above) if ask == "interpolate" else bool(others) and all(below)


@given(conditions, st.sampled_from(ASKS), st.data())
def test_a_held_dose_is_shown_nowhere_and_asked_where_others_were_seen(given_, ask, draw):
    options = unseen_dose.Options(ask)
    units = unseen_dose.units(given_, DOSE, options) if given_ else []
    held = draw.draw(st.sets(st.sampled_from(units))) if units else set()
    train, test = unseen_dose.divide(given_, held, DOSE, RNG, options)
    shown = {(c.target, c.dose) for h in train for c in h.perturbation.components}
    for unit in held:
        pairs = {(c.target, c.dose) for c in unit.components}
        assert not any(
            pairs <= {(c.target, c.dose) for c in t.perturbation.components} for t in train
        )
        assert len(pairs) > 1 or not pairs & shown
    for c in given_:
        seen = [
            dose_of(t)
            for t in train
            if (t.perturbation.targets, t.context) == (c.perturbation.targets, c.context)
        ]
        anywhere = [dose_of(t) for t in train if t.perturbation.targets == c.perturbation.targets]
        is_open = fits(dose_of(c), seen, ask)
        is_open &= ask != "extrapolate" or fits(dose_of(c), anywhere, ask)
        assert (c in test) == (c.perturbation in held and is_open)
    assert not set(train) & set(test)


@given(conditions, st.sampled_from(ASKS), st.data())
def test_a_held_time_is_shown_nowhere_and_asked_where_others_were_seen(given_, ask, draw):
    options = unseen_time.Options("time", ask)
    if not given_:
        return
    units = unseen_time.units(given_, TIME, options)
    held = draw.draw(st.sets(st.sampled_from(units))) if units else set()
    train, test = unseen_time.divide(given_, held, TIME, RNG, options)
    for targets, time in held:
        at = [c for c in train if float(c.context["time"]) == time]
        assert not any(set(targets) <= set(c.perturbation.targets) for c in at)
    for c in given_:
        seen = [
            (float(t.context["time"]),)
            for t in train
            if (t.perturbation, t.context["cell_type"]) == (c.perturbation, c.context["cell_type"])
        ]
        time = float(c.context["time"])
        is_held = (c.perturbation.targets, time) in held
        anywhere = [
            (float(t.context["time"]),)
            for t in train
            if t.perturbation.targets == c.perturbation.targets
        ]
        is_open = fits((time,), seen, ask)
        is_open &= ask != "extrapolate" or fits((time,), anywhere, ask)
        assert (c in test) == (is_held and is_open)


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("task", ["unseen_dose", "unseen_time"])
@pytest.mark.parametrize("calibration", [0.0, 0.3])
def test_every_amount_of_a_whole_grid_is_tested_once(task, ask, calibration):
    data = dosed_dataset()
    splits = make(data, task, options={"ask": ask}, folds=3, calibration=calibration)
    tested = [c for s in splits for c in s.test]
    doses, hours = {0.1, 1.0, 10.0, 100.0}, {2.0, 8.0, 24.0}
    asked = {"unseen_dose": doses, "unseen_time": hours}[task]
    wanted = {
        "all": asked,
        "interpolate": asked - {min(asked), max(asked)},
        "extrapolate": {max(asked)},
    }
    amount = (
        (lambda c: dose_of(c)[0])
        if task == "unseen_dose"
        else (lambda c: float(c.context["hours"]))
    )
    expected = sorted(str(c) for c in data.perturbed if amount(c) in wanted[ask])
    assert sorted(map(str, tested)) == expected
    assert all(bool(s.calibration) == bool(calibration) for s in splits)
    for split in splits:  # calibration leaves every question of the test side a question
        again = replace(split, calibration=())
        rule = {"unseen_dose": unseen_dose, "unseen_time": unseen_time}[task]
        units = {rule.unit_of(c) for c in split.test}
        options = rule.Options(ask=ask)
        _, test = rule.divide((*again.train, *again.test), units, split.task, RNG, options)
        assert set(test) == set(split.test)


def test_a_compound_with_one_dose_is_never_tested():
    given_ = [condition("A", 1.0), condition("B", 1.0), condition("B", 2.0)]
    assert {u.targets for u in unseen_dose.units(given_, DOSE)} == {("B",)}


def test_the_same_amount_in_another_unit_is_hidden_as_well():
    one, other = (Condition(Perturbation.parse(f"A@{dose}")) for dose in ("1 uM", "1000 nM"))
    more = Condition(Perturbation.parse("A@5 uM"))
    train, test = unseen_dose.divide([one, other, more], [one.perturbation], DOSE, RNG)
    assert train == [more]
    assert set(test) == {one, other}


def test_a_combination_hides_its_parts_dose_and_has_a_ladder_of_its_own():
    pair = [condition("AB", d) for d in (1.0, 2.0)]
    single = [condition("A", d) for d in (1.0, 2.0)]
    train, test = unseen_dose.divide([*pair, *single], [single[0].perturbation], DOSE, RNG)
    assert train == [pair[1], single[1]]
    assert test == [single[0]]
    train, test = unseen_dose.divide([*pair, *single], [pair[0].perturbation], DOSE, RNG)
    assert set(train) == {pair[1], *single}
    assert test == [pair[0]]


def test_doses_of_one_compound_are_dealt_to_different_folds():
    for split in make(dosed_dataset(), "unseen_dose", folds=4):
        compounds = [p.targets for p in {c.perturbation for c in split.test}]
        assert len(compounds) == len(set(compounds)) == 5


def test_a_dose_that_is_shown_in_another_context_is_a_leak():
    data = dosed_dataset()
    split = make(data, "unseen_dose", folds=3)[0]
    first = split.test[0]
    elsewhere = next(c for c in split.test if c.perturbation == first.perturbation and c != first)
    leaky = replace(
        split,
        train=(*split.train, elsewhere),
        test=tuple(c for c in split.test if c != elsewhere),
    )
    found = next(f for f in audit(leaky, data, row_signatures(data)) if "doses" in f.check)
    assert (found.count, found.is_leak) == (1, True)


@pytest.mark.parametrize("column", ["", "hours"])
def test_a_time_that_is_shown_at_another_dose_is_a_leak(column):
    data = dosed_dataset()
    split = make(data, "unseen_time", folds=3, options={"column": column})[0]
    first = split.test[0]
    moved = next(
        c
        for c in split.test
        if c.perturbation.targets == first.perturbation.targets
        and c.perturbation != first.perturbation
    )
    leaky = replace(
        split, train=(*split.train, moved), test=tuple(c for c in split.test if c != moved)
    )
    found = next(f for f in audit(leaky, data, row_signatures(data)) if "times" in f.check)
    assert found.is_leak
    with pytest.raises(Leakage, match="share"):
        replace(split, train=(*split.train, first))


@pytest.fixture(scope="module")
def course() -> Dataset:
    """A course of log ratios against one start: horizons, no controls."""
    rows = [(label, hours) for label, hours in product("ABCD", (1.0, 2.0, 4.0))]
    rows += [("E", 4.0)]
    obs = pd.DataFrame(rows, columns=["perturbation", "hours"])
    obs.index = obs.index.map("o{}".format)
    X = np.random.default_rng(0).normal(size=(len(rows), 6))
    adata = AnnData(X, obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(6)]))
    mapping = ColumnMapping(scale="log_ratio", horizon_h="hours", observation="samples")
    return Dataset.from_anndata(adata, mapping, name="course")


def test_the_horizon_is_the_time_where_controls_do_not_share_it(course):
    splits = make(course, "unseen_time", folds=3)
    tested = [c for s in splits for c in s.test]
    assert sorted(map(str, tested)) == sorted(
        str(c) for c in course.perturbed if c.perturbation.targets != ("E",)
    )
    assert all(s.halves == () for s in splits)


def test_times_need_a_column_or_a_horizon(make_dataset):
    data = make_dataset(["A", "B"])
    with pytest.raises(EmptySplit, match="no condition has a time") as caught:
        make(data, "unseen_time")
    assert "horizon_h" in caught.value.way_out
    with pytest.raises(UnknownName, match="no context has an item 'cell_typ'") as caught:
        make(data, "unseen_time", options={"column": "cell_typ"})
    assert "'cell_type'" in caught.value.way_out


def test_doses_need_a_column(make_dataset):
    with pytest.raises(EmptySplit, match="no perturbed condition has a dose") as caught:
        make(make_dataset(["A", "B"]), "unseen_dose")
    assert "dose =" in caught.value.way_out


@pytest.mark.parametrize("task", ["unseen_dose", "unseen_time"])
def test_what_is_asked_of_amounts_is_one_of_three(task):
    with pytest.raises(BadStudy, match="`ask` is 'interpolat'") as caught:
        make(dosed_dataset(), task, options={"ask": "interpolat"})
    assert "'interpolate'" in caught.value.way_out


def test_a_forecast_trains_up_to_a_time_and_tests_what_was_seen_before(course):
    (split,) = make(course, rule="timeseries", options={"until": 1.5})
    assert {c.horizon_h for c in split.train} == {1.0}
    assert {(str(c.perturbation), c.horizon_h) for c in split.test} == {
        *product("ABCD", (2.0, 4.0))
    }
    note = next(f for f in split.audit if "not tested" in f.check)
    assert note.count == 1  # E was never seen before
    (last,) = make(course, rule="timeseries", calibration=0.5)
    assert {c.horizon_h for c in last.test} == {4.0}
    assert {c.horizon_h for c in last.calibration} == {2.0}
    assert len(last.calibration) == 2


@pytest.mark.parametrize("until", [0.5, 4.0, 9.0])
def test_a_forecast_needs_times_on_both_sides(course, until):
    with pytest.raises(EmptySplit, match="both sides of until") as caught:
        make(course, rule="timeseries", options={"until": until})
    assert caught.value.way_out
