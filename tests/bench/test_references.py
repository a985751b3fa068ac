"""References: they see the truth, and answer what they say and nothing more."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.bench.groups import Rules, groups_of, prepare_folds
from foretell.bench.measured import shared_truth, truth_of
from foretell.bench.references import (
    COUNTS,
    INTERPOLATED,
    interpolated_duplicate,
    reference_answers,
    technical_duplicate,
)
from foretell.core.dataset import Dataset
from foretell.splits.make import make

NEEDS = frozenset({"pool", "tests", "train", "cells", "panel", "variance"})


@pytest.fixture(scope="module")
def group(make_adata, make_dataset):
    """Twelve conditions of 30 cells, one gene moved far in each."""
    labels = [f"P{i:02d}" for i in range(24)]
    adata = make_adata(labels, n=30, n_control=100, n_genes=40, dense=True)
    for i, label in enumerate(labels):
        adata.X[(adata.obs["perturbation"] == label).to_numpy(), i] += 20.0
    return next(first_groups(make_dataset(adata)))


def first_groups(data: Dataset, task="unseen_perturbation", needs=NEEDS):
    splits = make(data, task, folds=2)
    fold = next(iter(prepare_folds(data, splits, (), Rules(halves=3, needs=needs))))
    return groups_of(fold)


def test_truth_and_duplicate_make_up_all_observations(group):
    held, rows = group.fold.truth, group.rows
    for half in range(3):
        truth, other = truth_of(group, half), technical_duplicate(group, half)
        n, k = held.n[rows][:, None], truth.n_obs[:, None]
        whole = held.moments(None, rows)
        np.testing.assert_allclose((truth.mean * k + other.mean * (n - k)) / n, whole.mean)
        # the variance of the rest, from a direct look at its cells
        X = group.fold.data.values()
        keep = (held.codes == rows[0]) & ~held.first[half]
        np.testing.assert_allclose(other.variance[0], X[keep].var(axis=0, ddof=1), atol=1e-9)
        np.testing.assert_allclose(other.detected[0], (X[keep] != 0).mean(axis=0))


def test_truth_uses_the_truth_half_and_answers_the_model_half(group):
    truth, answer = truth_of(group, 0), technical_duplicate(group, 0)
    data, split = group.fold.data, group.fold.split
    for side, control in (("truth", truth.control), ("model", answer.control)):
        rows = np.isin(data.rows, split.control_half(group.context, side))
        np.testing.assert_allclose(control, data.values()[rows].mean(axis=0))
    shared = shared_truth(truth, group)
    np.testing.assert_array_equal(shared.control, answer.control)
    np.testing.assert_allclose(shared.pool, truth.pool + truth.control - answer.control)
    assert not np.array_equal(shared.tests.p, truth.tests.p)


def test_the_interpolated_duplicate_keeps_what_moved_and_is_the_mean_elsewhere(group):
    duplicate, between = technical_duplicate(group, 0), interpolated_duplicate(group, 0)
    moved = np.array([int(str(c.perturbation)[1:]) for c in group.conditions])
    at = np.arange(len(moved))
    np.testing.assert_allclose(between.mean[at, moved], duplicate.mean[at, moved], rtol=1e-3)
    rest = np.ones(between.mean.shape, dtype=bool)
    rest[at, moved] = False
    gap = np.abs(between.mean - group.references[1])[rest]
    assert np.median(gap) < 0.3 * np.median(np.abs(duplicate.mean - group.references[1])[rest])


def test_counts_explain_a_shift_that_grows_with_them_and_nothing_else(make_adata, make_dataset):
    rng = np.random.default_rng(0)
    labels = [f"P{i:02d}" for i in range(30)]
    adata = make_adata(labels, n=20, n_control=100, n_genes=30, dense=True, scale="counts")
    totals = rng.uniform(0.5, 2.0, len(labels))
    for label, total in zip(labels, totals, strict=True):
        at = (adata.obs["perturbation"] == label).to_numpy()
        adata.X[at] = np.rint(20 * total * adata.X[at])
    adata.X[(adata.obs["perturbation"] == "control").to_numpy()] *= 20
    group = next(first_groups(make_dataset(adata, {"scale": "counts"}), needs=frozenset()))
    answer, truth = reference_answers(group)[COUNTS](0), truth_of(group, None)
    error = ((answer.mean - truth.mean) ** 2).mean()
    assert error < 0.2 * ((truth.mean - truth.mean.mean(axis=0)) ** 2).mean()
    still = make_dataset(make_adata(labels, n=20, n_control=100, n_genes=30, dense=True))
    flat = next(first_groups(still, needs=frozenset()))
    shift = reference_answers(flat)[COUNTS](0).shift
    assert np.isfinite(shift).all()


def test_few_training_conditions_give_no_answer_from_counts(make_dataset):
    group = next(first_groups(make_dataset([*"ABCD"], n=10, n_control=60, n_genes=20)))
    assert np.isnan(reference_answers(group)[COUNTS](0).mean).all()
    assert np.isfinite(reference_answers(group)[INTERPOLATED](0).mean).all()


def test_cells_of_truth_and_duplicate_are_disjoint_and_complete(group):
    held = group.fold.cells
    truth, other = truth_of(group, 1), technical_duplicate(group, 1)
    for i in range(len(group.rows)):
        one, two = truth.panel.of(i), other.panel.of(i)
        assert len(one) + len(two) == 30
        assert not {tuple(x) for x in one} & {tuple(x) for x in two}
    assert held.spaces.axes.shape[1] == truth.cells.X.shape[1]
    targeted = ~group.pool_mask
    assert (held.spaces.axes[targeted] == 0).all()
    assert not targeted[held.spaces.columns].any()


def test_spaces_are_fitted_on_training_alone(make_adata, make_dataset):
    labels = [f"P{i}" for i in range(8)]
    adata = make_adata(labels, n=20, n_control=100, n_genes=30, dense=True)
    splits = make(make_dataset(adata), "unseen_perturbation", folds=2)
    held = {str(c.perturbation) for c in splits[0].test}
    scrambled = adata.copy()
    at = scrambled.obs["perturbation"].isin(held).to_numpy()
    scrambled.X[at] = (
        np.random.default_rng(0).permutation(scrambled.X[at].ravel()).reshape(at.sum(), -1)
    )
    truth_half = splits[0].control_half(splits[0].halves[0].context, "truth")
    scrambled.X[truth_half] = 0.0
    found = []
    for source in (adata, scrambled):
        data = make_dataset(source)
        fold = next(iter(prepare_folds(data, splits[:1], (), Rules(halves=1, needs=NEEDS))))
        found.append(fold.cells.spaces)
    np.testing.assert_array_equal(found[0].axes, found[1].axes)
    np.testing.assert_array_equal(found[0].columns, found[1].columns)


def test_parts_are_the_measured_shifts_of_the_single_perturbations(make_dataset):
    data = make_dataset(["A", "B", "C", "A+B", "A+C", "B+C"], n=10, n_control=80, n_genes=12)
    splits = make(data, "unseen_combination", folds=2)
    fold = next(iter(prepare_folds(data, splits, (), Rules(needs=frozenset({"parts"})))))
    group = next(groups_of(fold))
    truth = truth_of(group, 0)
    profiles = data.profiles()
    mean = {str(c.perturbation): y for c, y in zip(profiles.conditions, profiles.Y, strict=True)}
    control = group.truth_control.mean
    for i, condition in enumerate(group.conditions):
        one, two = str(condition.perturbation).split("+")
        np.testing.assert_allclose(truth.part_shifts[i], [mean[one] - control, mean[two] - control])
        np.testing.assert_allclose(truth.parts[i], mean[one] + mean[two] - 2 * control)
