"""Audit: planted leaks are found, named and refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from foretell.core.context import Condition
from foretell.core.errors import Leakage
from foretell.core.perturbation import Perturbation
from foretell.core.split import Split
from foretell.core.task import Task, TaskName
from foretell.splits.audit import audit, row_signatures
from foretell.splits.make import make

LABELS = ["A", "B", "C", "D"]


def findings(split) -> dict[str, int]:
    return {f.check: f.count for f in split.audit}


@pytest.fixture
def adata(make_adata):
    return make_adata(LABELS, n=20, n_control=60, n_genes=90, dense=True)


@pytest.mark.parametrize("stored", [np.asarray, np.asfortranarray, sp.csr_matrix, sp.csc_matrix])
@pytest.mark.parametrize("n_copies", [1, 7])
def test_cells_that_were_copied_across_train_and_test_are_found_and_refused(
    adata, make_dataset, n_copies, stored
):
    rows = {name: np.flatnonzero(adata.obs["perturbation"] == name) for name in LABELS}
    adata.X[rows["B"][3 : 3 + n_copies]] = adata.X[rows["A"][5 : 5 + n_copies]]
    adata.X = stored(adata.X)
    data = make_dataset(adata)
    with pytest.raises(Leakage, match=f"duplicated profiles: {n_copies} ") as caught:
        make(data, "unseen_perturbation", folds=4)
    assert "allow_leaks" in caught.value.way_out
    marked = make(data, "unseen_perturbation", folds=4, allow_leaks=True)
    assert sorted(findings(s)["duplicated profiles"] for s in marked) == [0, 0, n_copies, n_copies]
    assert sum(f.is_leak for s in marked for f in s.audit) == 2


def test_a_copied_control_is_found(adata, make_dataset):
    a, control = (np.flatnonzero(adata.obs["perturbation"] == name) for name in ("A", "control"))
    adata.X[a[:20]] = adata.X[control[:20]]
    with pytest.raises(Leakage, match="duplicated profiles"):
        make(make_dataset(adata), "unseen_perturbation", folds=4)


def test_rows_with_few_values_may_agree_by_chance(make_adata, make_dataset):
    adata = make_adata(LABELS, n=20, n_control=60, n_genes=90, dense=True)
    adata.X[:, 49:] = 0
    adata.X[adata.obs["perturbation"].isin(["A", "B"])] = adata.X[0]
    split = make(make_dataset(adata), "unseen_perturbation", folds=4)[0]
    finding = next(f for f in split.audit if f.check == "duplicated profiles")
    assert finding.count == 0
    assert "equal a training one" in finding.detail


def test_a_clean_split_has_no_findings(adata, make_dataset):
    for split in make(make_dataset(adata), "unseen_perturbation", folds=4, calibration=0.3):
        assert set(findings(split).values()) == {0}


def test_spellings_that_were_merged_are_reported(make_dataset):
    data = make_dataset(["A+B", "B+A", "A", "B"])
    split = make(data, "unseen_perturbation", folds=2)[0]
    finding = next(f for f in split.audit if "spelled" in f.check)
    assert (finding.count, finding.detail, finding.is_leak) == (1, "A+B = B+A", False)


def test_a_held_out_target_inside_a_training_combination_is_a_leak(make_dataset):
    data = make_dataset(["A", "B", "A+B", "C", "D"])
    splits = make(data, "unseen_perturbation", folds=4)
    split = next(s for s in splits if str(s.test[0].perturbation) == "A")
    pair = [c for c in data.perturbed if c.perturbation.order == 2]
    leaky = replace(split, train=(*split.train, *pair))
    found = {f.check: f for f in audit(leaky, data, row_signatures(data))}
    finding = found["held-out targets inside training perturbations"]
    assert (finding.count, finding.detail, finding.is_leak) == (1, "A", True)


@pytest.mark.parametrize("n_genes", [60, 97, 501])
def test_equal_rows_have_equal_signatures_wherever_they_stand(make_adata, make_dataset, n_genes):
    adata = make_adata(n=60, n_genes=n_genes, dense=True, scale="log1p")
    adata.X[:] = adata.X[0]
    signatures = {}
    for stored in (np.asarray, sp.csr_matrix):
        adata.X = stored(adata.X)
        data = make_dataset(adata, {"scale": "log1p"})
        signatures[stored] = row_signatures(data)
        assert len(np.unique(signatures[stored], axis=0)) == 1
        assert len(np.unique(row_signatures(data.take(np.arange(5, 9)))[5:9], axis=0)) == 1
    np.testing.assert_array_equal(*signatures.values())


def test_different_rows_have_different_signatures(make_adata, make_dataset):
    adata = make_adata(n=500, n_genes=10)
    distinct = np.unique(adata.X.toarray(), axis=0)
    assert len(np.unique(row_signatures(make_dataset(adata)), axis=0)) == len(distinct)


@pytest.mark.parametrize(
    ("task", "moved", "check"),
    [
        ("unseen_combination", {"A+B"}, "held-out combinations among training perturbations"),
        ("unseen_context", {"A", "B", "A+B", "C", "D"}, "held-out contexts among training"),
    ],
)
def test_what_a_task_calls_unseen_is_found_in_training(make_dataset, task, moved, check):
    data = make_dataset(["A", "B", "A+B", "C", "D", "C+D"], contexts=("x", "y"), n_control=50)
    split = make(data, task, folds=2)[0]
    first = split.test[0]
    leaky = replace(split, train=(*split.train, first), test=split.test[1:])
    found = {f.check: f for f in audit(leaky, data, row_signatures(data))}
    finding = next(f for name, f in found.items() if name.startswith(check))
    assert (finding.count, finding.is_leak) == (1, True)
    assert sum(f.count for f in split.audit) == 0


def test_checks_that_a_rule_fails_by_design_are_counted_and_no_leak(make_dataset):
    data = make_dataset(["A", "B", "A+B", "C", "C+D"], n_control=50)
    split = make(data, rule="demultiplexing")[0]
    finding = next(f for f in split.audit if f.check.startswith("held-out targets"))
    assert (finding.count, finding.is_leak) == (3, False)
    assert "design" in finding.detail
    strict = audit(replace(split, rule=""), data, row_signatures(data))
    assert any(f.is_leak for f in strict)


def test_every_check_that_a_rule_fails_by_design_exists():
    from foretell.splits import custom, demultiplexing, few_shot_context, interventional, state_toml
    from foretell.splits.exposure import exposure

    named = {*demultiplexing.BY_DESIGN, *few_shot_context.BY_DESIGN, *state_toml.BY_DESIGN}
    named |= set(interventional.by_design(interventional.Options(compat="pereggrn")))
    named |= set(custom.by_design(custom.Options(test=("A",), as_published=True)))
    a, b = (Condition(Perturbation.parse(p), horizon_h=1.0) for p in "AB")
    checks = {
        finding.check
        for task in TaskName
        for finding in exposure(Split(Task(task), (a,), (), (b,), (), ""))
    }
    assert named <= checks | {"duplicated profiles"}
