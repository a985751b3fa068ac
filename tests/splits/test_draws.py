"""Rules that draw whole splits: PEREGGRN's and GEARS', against their definitions."""

from __future__ import annotations

import math

import pytest

from foretell.core.errors import BadStudy, EmptySplit
from foretell.core.task import Task, TaskName
from foretell.splits.make import make

# What GEARS' own splitter makes of this list ("simulation", its defaults, seed 1; code of 2024),
# single perturbations written A+ctrl: known genes, then sizes of the sides and subgroups.
NORMAN = [
    *("FOXO4", "HK2", "IER5L", "KLF1", "KMT2A", "MAP2K3", "MAP2K6", "MAP3K21", "MAP4K3", "MAP4K5"),
    *("MAPK1", "MIDN", "NIT1", "PLK4", "SGK1", "SLC38A2", "TGFBR2", "TMSB4X"),
    *("BPGM+SAMD1", "CBL+CNN1", "CEBPE+RUNX1T1", "CNN1+MAPK1", "FOXL2+HOXB9", "KLF1+MAP2K6"),
    *("KLF1+TGFBR2", "MAP2K3+MAP2K6", "MAP2K3+SLC38A2", "MAPK1+TGFBR2", "PTPN12+PTPN9"),
    *("SAMD1+PTPN12", "SET+KLF1", "SGK1+TBX3", "ZBTB10+PTPN12"),
]
GEARS = {  # seed -> train, validation, combo seen 0, 1, 2, unseen single
    1: (14, 3, 2, 4, 3, 7),
    2: (16, 3, 0, 5, 3, 6),
    3: (16, 4, 0, 6, 3, 4),
    4: (14, 4, 0, 7, 2, 6),
    5: (15, 3, 1, 6, 2, 6),
}


@pytest.fixture(scope="module")
def norman(make_dataset):
    return make_dataset(NORMAN, n=2, n_control=44)


@pytest.fixture(scope="module")
def pairs(make_dataset):
    labels = [*"ABCDEFGH", "A+B", "C+D", "E+F", "A+C", "B+D", "A+Z"]
    return make_dataset(labels, n=2, n_control=44)


def targets_of(conditions) -> set[str]:
    return {target for c in conditions for target in c.perturbation.targets}


def perturbations(conditions) -> set[str]:
    return {str(c.perturbation) for c in conditions}


@pytest.mark.parametrize("seed", GEARS)
def test_compat_makes_the_sides_that_gears_makes(norman, seed):
    n_train, n_validation, *groups = GEARS[seed]
    tasks = [Task(TaskName.UNSEEN_COMBINATION, k) for k in (0, 1, 2)]
    tasks.append(Task(TaskName.UNSEEN_PERTURBATION))
    for task, n in zip(tasks, groups, strict=True):
        options = {"compat": "gears", "split_seed": seed}
        if n == 0:
            with pytest.raises(EmptySplit):
                make(norman, task, rule="gears_simulation", options=options)
            continue
        (whole,) = make(norman, task, rule="gears_simulation", options=options)
        (cut,) = make(norman, task, rule="gears_simulation", options=options, calibration=0.1)
        assert len(whole.test) == len(cut.test) == n
        assert len(whole.train) == n_train + n_validation
        assert len(cut.train) == n_train
        assert len(cut.calibration) <= n_validation


@pytest.mark.parametrize("parts", [0, 1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_a_simulation_keeps_its_word(pairs, parts, seed):
    task = Task(TaskName.UNSEEN_COMBINATION, parts)
    try:
        (split,) = make(pairs, task, rule="gears_simulation", seed=seed, calibration=0.2)
    except EmptySplit:
        return
    alone = {str(c.perturbation) for c in split.train if c.perturbation.order == 1}
    for c in (*split.test, *split.calibration):
        assert c.perturbation.order == 2
        assert len(set(c.perturbation.targets) & alone) == parts
        unseen = set(c.perturbation.targets) - alone
        assert not unseen & targets_of(split.train)


def test_subgroups_of_one_draw_share_their_training_side(pairs):
    tasks = [Task(TaskName.UNSEEN_COMBINATION, 1), Task(TaskName.UNSEEN_PERTURBATION)]
    one, other = (make(pairs, task, rule="gears_simulation", seed=3)[0] for task in tasks)
    assert one.train == other.train
    assert not set(one.test) & set(other.test)


@pytest.mark.parametrize("share", [0.1, 0.4, 0.9])
def test_interventional_tests_measured_targets_up_to_the_share(make_adata, make_dataset, share):
    labels = [f"G{i}" for i in range(8)] + ["X", "Y", "G0+G1", "G2+X"]
    data = make_dataset(make_adata(labels, n=2, n_control=44))  # eight genes are measured
    (split,) = make(data, rule="interventional", options={"share": share})
    tested = perturbations(split.test)
    n_eligible, n = 9, len(labels)
    excess = max(0, math.ceil((n_eligible / n - share) * n))
    assert len(tested) == n_eligible - excess
    assert not targets_of(split.test) & targets_of(split.train)
    assert not {"X", "Y", "G2+X"} & tested
    assert {"X", "Y"} <= perturbations(split.train)


def test_interventional_takes_a_list_of_regulators(make_adata, make_dataset):
    data = make_dataset(make_adata([f"G{i}" for i in range(8)], n=2, n_control=44))
    options = {"share": 0.5, "regulators": ["G1", "G2", "other"]}
    (split,) = make(data, rule="interventional", options=options)
    assert perturbations(split.test) == {"G1", "G2"}


def test_as_pereggrn_targets_are_shown_and_counted_and_controls_are_a_perturbation(
    make_adata, make_dataset
):
    labels = [*(f"G{i}" for i in range(6)), "G0+G1", "G2+G3", "G4+G5"]
    data = make_dataset(make_adata(labels, n=2, n_control=44))
    shown = 0
    for seed in range(5):
        options = {"share": 0.4, "compat": "pereggrn", "split_seed": seed}
        (split,) = make(data, rule="interventional", options=options)
        n, eligible = len(labels) + 1, len(labels)  # the control is among all
        assert len(split.test) == eligible - math.ceil((eligible / n - 0.4) * n)
        assert len(split.test) + len(split.train) == len(labels)
        finding = next(f for f in split.audit if f.check.startswith("held-out targets"))
        assert finding.count == len(targets_of(split.test) & targets_of(split.train))
        assert not finding.is_leak
        shown += finding.count
    assert shown


def test_genetic_interaction_and_demultiplexing_are_each_others_mirror(pairs):
    (one,) = make(pairs, rule="genetic_interaction")
    (other,) = make(pairs, rule="demultiplexing")
    assert (one.train, one.test) == (other.test, other.train)
    assert (str(one.task), one.task.floor) == ("unseen_combination", "additive")
    assert (str(other.task), other.task.floor) == ("unseen_perturbation", "context_mean")
    (apart,) = make(pairs, "unseen_combination", rule="demultiplexing")
    assert apart.task.floor == "additive"


def test_genetic_interaction_can_ask_for_parts_that_were_measured(pairs):
    (both,) = make(pairs, Task(TaskName.UNSEEN_COMBINATION, 2), rule="genetic_interaction")
    (one,) = make(pairs, Task(TaskName.UNSEEN_COMBINATION, 1), rule="genetic_interaction")
    assert perturbations(one.test) == {"A+Z"}
    assert len(both.test) == 5


def test_without_combinations_there_is_nothing_to_test(make_dataset):
    data = make_dataset(["A", "B"])
    for rule in ("genetic_interaction", "demultiplexing"):
        with pytest.raises(EmptySplit) as caught:
            make(data, rule=rule)
        assert caught.value.way_out


@pytest.mark.parametrize("rule", ["interventional", "seen_condition", "simple", "gears_simulation"])
def test_compat_is_a_name_or_nothing(pairs, rule):
    task = "unseen_perturbation" if rule == "gears_simulation" else None
    with pytest.raises(BadStudy, match="`compat` is 'pereggn'") as caught:
        make(pairs, task, rule=rule, options={"compat": "pereggn"})
    assert caught.value.way_out
