"""Splits of real screens, checked against counts taken from their tables."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from foretell.core.mapping import ColumnMapping
from foretell.core.task import Task, TaskName
from foretell.data.load import load
from foretell.splits.make import make


@pytest.fixture(scope="module")
def hepatocytes(data_file):
    mapping = ColumnMapping(
        context=("cell_type", "duration"),
        scale="intensity",
        kind="compound",
        dose="concentration",
        observation="samples",
    )
    return load(data_file("chem_tggates_small"), mapping)


def ladders(data, of, beside):
    """Values of one column per values of others, from the table itself."""
    treated = data.obs[~data.obs["is_control"].astype(bool)]
    found = defaultdict(set)
    for row in treated[[of, *beside]].astype(str).drop_duplicates().itertuples(index=False):
        found[row[1:]].add(float(row[0]))
    return found


@pytest.mark.parametrize("calibration", [0.0, 0.2])
def test_doses_of_hepatocytes_that_have_others_are_tested_once(hepatocytes, calibration):
    splits = make(hepatocytes, "unseen_dose", calibration=calibration)
    tested = [c for split in splits for c in split.test]
    found = ladders(hepatocytes, "concentration", ["perturbation", "duration"])
    assert len(tested) == len(set(tested)) == sum(len(d) for d in found.values() if len(d) > 1)
    for split in splits:
        held = {(c.perturbation.targets, c.perturbation.components[0].dose) for c in split.test}
        seen = {
            (c.perturbation.targets, c.perturbation.components[0].dose)
            for c in (*split.train, *split.calibration)
        }
        assert not held & seen
        assert not any(f.is_leak and f.count for f in split.audit)


def test_only_the_highest_dose_of_a_compound_is_extrapolated_to(hepatocytes):
    splits = make(hepatocytes, "unseen_dose", options={"ask": "extrapolate"})
    compounds = [{c.perturbation.targets for c in s.test} for s in splits]
    assert sum(map(len, compounds)) == len(set().union(*compounds)) <= 146
    assert sum(map(len, compounds)) > 140
    top = defaultdict(float)
    for c in hepatocytes.perturbed:
        dose = c.perturbation.components[0].dose
        top[c.perturbation.targets] = max(top[c.perturbation.targets], dose)
    for c in (c for s in splits for c in s.test):
        assert c.perturbation.components[0].dose == top[c.perturbation.targets]


def test_times_of_hepatocytes_are_found_in_the_context(hepatocytes):
    splits = make(hepatocytes, "unseen_time")
    tested = [c for split in splits for c in split.test]
    found = ladders(hepatocytes, "duration", ["perturbation", "concentration"])
    assert len(tested) == len(set(tested)) == sum(len(t) for t in found.values() if len(t) > 1)
    for split in splits:
        held = {(c.perturbation.targets, c.context["duration"]) for c in split.test}
        assert not held & {(c.perturbation.targets, c.context["duration"]) for c in split.train}
        assert not split.is_shared(split.test[0].context)


def test_a_forecast_of_hepatocytes_tests_24_hours_alone(hepatocytes):
    (split,) = make(hepatocytes, rule="timeseries", options={"until": 8})
    assert {c.context["duration"] for c in split.test} == {"24"}
    assert {c.context["duration"] for c in split.train} == {"2", "8"}


def test_times_of_the_yeast_course_are_horizons(data_file):
    mapping = ColumnMapping(
        scale="log_ratio", horizon_h="time_min", horizon_unit="min", observation="samples"
    )
    data = load(data_file("zev_induction_expression"), mapping)
    splits = make(data, "unseen_time", folds=5)
    tested = [c for split in splits for c in split.test]
    assert len(tested) == len(set(tested)) == 26  # 13 of 87 factors have two times
    assert {c.horizon_h for c in tested} == {0.25, 0.75, 1.5}


@pytest.mark.parametrize(
    ("line", "n_train", "n_test"),
    [("k562", 1564, 267), ("hepg2", 1086, 278), ("jurkat", 1227, 313)],
)
def test_perturbqas_column_gives_the_published_sides(data_file, line, n_train, n_test):
    mapping = ColumnMapping(
        context=("cell_type",), scale="sign", kind="interference", observation="samples"
    )
    data = load(data_file(f"perturbqa_{line}_signs"), mapping)
    (split,) = make(data, "unseen_perturbation", rule="custom", options={"column": "split"})
    assert (len(split.train), len(split.test), split.held_rows) == (n_train, n_test, None)
    (cut,) = make(
        data, "unseen_perturbation", rule="custom", options={"column": "split"}, calibration=0.1
    )
    assert cut.test == split.test
    assert len(cut.calibration) == round(0.1 * n_train)


def test_norman_is_divided_as_gears_divides_it(data_file):
    mapping = ColumnMapping(context=("cell_type",), scale="log1p", kind="activation")
    data = load(data_file("crispr_norman2019_k562_500hvg"), mapping)
    options = {"compat": "gears", "split_seed": 1}
    sizes = {}
    for parts in (0, 1, 2, None):
        task = Task(TaskName.UNSEEN_COMBINATION, parts)
        (split,) = make(data, task, rule="gears_simulation", options=options)
        sizes[parts] = len(split.test)
        assert len(split.train) == 17
    assert sizes == {0: 2, 1: 4, 2: 3, None: 9}
    (single,) = make(data, "unseen_perturbation", rule="gears_simulation", options=options)
    assert len(single.test) == 7


def test_observations_of_norman_are_halved_within_conditions(data_file):
    mapping = ColumnMapping(context=("cell_type",), scale="log1p", kind="activation")
    data = load(data_file("crispr_norman2019_k562_500hvg"), mapping)
    (split,) = make(data, "seen_condition")
    held, left = split.test_part(data).n_by_condition, split.train_part(data).n_by_condition
    assert all(abs(held[c] - left[c]) <= 1 for c in split.test)
    assert len(np.unique(split.held_rows)) == sum(held.values())
