"""Mathematics between methods: where two of them must agree."""

from dataclasses import replace

import numpy as np
import pytest

from foretell.core.dataset import Dataset
from foretell.core.halves import ControlHalves
from foretell.core.mapping import ColumnMapping
from foretell.core.perturbation import Perturbation
from foretell.core.registry import find, make_model
from foretell.core.split import Split
from foretell.core.task import Task, TaskName
from foretell.data.simulate import Screen, simulate

TASK = Task(TaskName.UNSEEN_COMBINATION)
HUGE, TINY = 1e15, 1e-10


@pytest.fixture(scope="module")
def data():
    """Nine targets alone and eight pairs, in two contexts, on log1p."""
    screen = Screen(
        n_perturbations=9,
        n_combinations=8,
        n_genes=24,
        n_regulators=8,
        n_contexts=2,
        cells_per_condition=12,
        controls_per_context=60,
        seed=3,
    )
    adata = simulate(screen).adata
    adata.X = np.log1p(adata.X.toarray())
    mapping = ColumnMapping(context=("cell_type",), scale="log1p")
    return Dataset.from_anndata(adata, mapping, name="limits")


def conditions(data, *, contexts, order):
    chosen = [c for c in data.perturbed if c.context in contexts]
    return tuple(c for c in chosen if c.perturbation.order == order)


class Asked:
    """Training on some conditions with all controls, and questions about others."""

    def __init__(self, data, train, test):
        rows = {context: data.controls(context).rows for context in data.contexts}
        halves = tuple(ControlHalves(c, r, r, shared=True) for c, r in rows.items())
        self.split = Split(TASK, train, (), test, halves, data.fingerprint)
        self.train = self.split.train_part(data)
        self.profiles = self.train.profiles()
        self.query = self.split.query(data)
        self.again = self.split.query_for(data, self.profiles.conditions)

    def shift(self, name, *, seen=False, **fields):
        """Predicted shifts of the unseen (or of the training) conditions."""
        query = self.again if seen else self.query
        return make_model(name, **fields).fit(self.train).predict(query).shift


@pytest.fixture(scope="module")
def pairs(data):
    """Trained on single targets of one context, asked for pairs in it."""
    here = data.contexts[:1]
    return Asked(
        data, conditions(data, contexts=here, order=1), conditions(data, contexts=here, order=2)
    )


@pytest.fixture(scope="module")
def elsewhere(data):
    """Trained on single targets of one context, asked for the same ones in the other."""
    first, second = data.contexts
    return Asked(
        data,
        conditions(data, contexts=[first], order=1),
        conditions(data, contexts=[second], order=1),
    )


def close(first, second, rtol=1e-6):
    return np.allclose(first, second, rtol=0, atol=rtol * np.abs(second).max())


@pytest.mark.parametrize("encoding", ["one_hot", "gene_scores"])
def test_ridge_with_an_infinite_penalty_is_the_training_mean(pairs, encoding):
    ridge = pairs.shift("ridge", penalties=(HUGE,), encoding=find("encodings").make(encoding))
    assert close(ridge, pairs.shift("training_mean"))


def test_bilinear_with_an_infinite_penalty_is_the_training_mean(pairs):
    assert close(pairs.shift("bilinear", penalties=(HUGE,)), pairs.shift("training_mean"))


def test_one_hot_ridge_without_a_penalty_returns_the_shifts_of_single_targets(pairs):
    ridge = pairs.shift("ridge", seen=True, penalties=(TINY,))
    assert close(ridge, pairs.profiles.S)


def test_additive_is_least_squares_on_one_hot_targets(pairs):
    columns = pairs.profiles.targets
    W = np.linalg.lstsq(pairs.profiles.D, pairs.profiles.S, rcond=None)[0]
    D = np.array([[float(t in p.targets) for t in columns] for p in pairs.query.perturbations])
    assert close(pairs.shift("additive"), D @ W)


def test_additive_of_a_single_target_is_its_own_shift(pairs):
    assert close(pairs.shift("additive", seen=True), pairs.profiles.S)


def test_additive_without_what_was_not_seen_alone_is_no_change(pairs):
    stranger = replace(pairs.query.rows[0], perturbation=Perturbation.of("X", "Y"))
    query = replace(pairs.query, rows=(stranger,))
    answer = make_model("additive", missing="zero").fit(pairs.train).predict(query)
    assert close(answer.mean, make_model("no_change").fit(pairs.train).predict(query).mean)


def test_two_factor_in_one_context_is_the_perturbation_mean(pairs):
    factors = pairs.shift("two_factor", seen=True, penalty=TINY)
    assert close(factors, pairs.shift("perturbation_mean", seen=True))


def test_two_factor_with_an_infinite_penalty_is_the_training_mean(pairs):
    assert close(pairs.shift("two_factor", penalty=HUGE), pairs.shift("training_mean"))


@pytest.mark.parametrize("weight", ["condition", "observation"])
def test_context_mean_in_one_context_is_the_training_mean(pairs, weight):
    one = pairs.shift("context_mean", weight=weight)
    assert close(one, pairs.shift("training_mean", weight=weight))


def test_perturbation_mean_carries_the_shift_of_the_one_training_context(elsewhere):
    there = elsewhere.profiles
    shift = {c.perturbation: S for c, S in zip(there.conditions, there.S, strict=True)}
    expected = np.array([shift[p] for p in elsewhere.query.perturbations])
    assert close(elsewhere.shift("perturbation_mean"), expected)


def test_additive_of_a_single_target_elsewhere_is_the_perturbation_mean(elsewhere):
    assert close(elsewhere.shift("additive"), elsewhere.shift("perturbation_mean"))


def test_predicted_shifts_in_another_context_start_from_its_own_controls(elsewhere):
    assert not close(elsewhere.query.control[0], elsewhere.profiles.control[0], rtol=1e-2)
    assert close(elsewhere.shift("training_mean")[0], elsewhere.profiles.S.mean(axis=0))
