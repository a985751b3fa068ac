"""Leave-one-out predictions of the linear models equal those of a model fitted without the rows."""

import numpy as np
import pytest

from foretell.contract.toy import toy_dataset
from foretell.core.query import Query
from foretell.core.registry import find, make_model
from foretell.models.linear.pooled import pool_contexts
from foretell.stats.ridge import loo_ridge

PENALTIES, MANY = (0.03, 3.0), tuple(np.logspace(-2, 3, 11))


def without(train, left, *, everywhere):
    """Drop a condition, or its perturbation from every context."""
    drop = {left.perturbation} if everywhere else set()
    return train.subset(
        c for c in train.present if c != left and (c.is_control or c.perturbation not in drop)
    )


def refitted(make, train, *, everywhere):
    """Fit once for every condition, without it; `make` builds a model with nothing to choose."""
    answers = []
    for left in train.profiles().conditions:
        fitted = make().fit(without(train, left, everywhere=everywhere))
        answers.append(fitted.predict(Query.of(train, [left])).mean[0])
    return np.array(answers)


@pytest.fixture(params=[1, 3], ids=["one context", "three contexts"])
def train(request):
    data = toy_dataset()
    chosen = data.contexts[: request.param]
    return data.subset(c for c in data.present if c.context in chosen)


@pytest.fixture(params=[0, 3], ids=["all covered", "three not covered"])
def table(request, tmp_path):
    """Vectors of the targets, but for the first few."""
    rng = np.random.default_rng(0)
    targets = sorted({t for c in toy_dataset().perturbed for t in c.perturbation.targets})
    rows = [",".join([t, *map(str, rng.normal(size=4))]) for t in targets[request.param :]]
    (tmp_path / "vectors.csv").write_text("\n".join(["target,a,b,c,d", *rows]))
    return find("encodings").make("table", file=str(tmp_path / "vectors.csv"))


@pytest.mark.parametrize("penalty", PENALTIES)
def test_ridge_leaves_a_perturbation_out_exactly(train, table, penalty):
    def make():
        return make_model("ridge", encoding=table, penalties=(penalty,))

    found = make().fit(train).leave_one_out()
    np.testing.assert_allclose(found, refitted(make, train, everywhere=True), atol=1e-9)


def test_ridge_on_targets_of_training_falls_back_where_a_target_is_left_without_a_row(train):
    def make():
        return make_model("ridge", penalties=(1.0,))

    found = make().fit(train).leave_one_out()
    np.testing.assert_allclose(found, refitted(make, train, everywhere=True), atol=1e-9)


def test_ridge_with_a_penalty_per_gene_leaves_out_gene_by_gene(train, table):
    model = make_model("ridge", encoding=table, penalties=MANY, per_gene=True).fit(train)
    found = model.leave_one_out()
    assert len(np.unique(model.penalty_)) > 1
    for penalty in np.unique(model.penalty_):
        alone = make_model("ridge", encoding=table, penalties=(penalty,)).fit(train)
        at = model.penalty_ == penalty
        np.testing.assert_allclose(found[:, at], alone.leave_one_out()[:, at], atol=1e-9)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_bilinear_leaves_a_perturbation_out_exactly_with_its_embeddings_held(train, table, penalty):
    """The gene embedding is learnt from training, so the refit is done by hand."""
    model = make_model("bilinear", rank=4, encoding=table, penalties=(penalty,)).fit(train)
    found = model.leave_one_out()
    profiles = train.profiles()
    names = np.array([str(c.perturbation) for c in profiles.conditions])
    A = model._gene_scores
    V, covered = model.encoding_.encode([c.perturbation for c in profiles.conditions])
    for i, name in enumerate(names):
        others = [n for n in np.unique(names) if n != name]
        S = np.array([profiles.S[names == n].mean(axis=0) for n in others])
        first = [int(np.flatnonzero(names == n)[0]) for n in others]
        S, B = S[covered[first]], V[first][covered[first]]
        center = S.mean(axis=0)
        K = np.linalg.solve(A.T @ A + penalty * np.eye(4), A.T @ (S - center).T @ B)
        K = K @ np.linalg.inv(B.T @ B + penalty * np.eye(4))
        shift = center + (A @ K @ V[i] if covered[i] else 0.0)
        expected = profiles.control[profiles.context_index[i]] + shift
        np.testing.assert_allclose(found[i], expected, atol=1e-9)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_two_factors_leave_a_condition_out_exactly(penalty):
    def make():
        return make_model("two_factor", penalty=penalty)

    train = toy_dataset()
    found = make().fit(train).leave_one_out()
    np.testing.assert_allclose(found, refitted(make, train, everywhere=False), atol=1e-9)


def test_the_errors_are_those_that_the_penalty_is_chosen_by(train, tmp_path):
    rng = np.random.default_rng(0)
    targets = sorted({t for c in train.perturbed for t in c.perturbation.targets})
    rows = [",".join([t, *map(str, rng.normal(size=4))]) for t in targets]
    (tmp_path / "all.csv").write_text("\n".join(["target,a,b,c,d", *rows]))
    encoding = find("encodings").make("table", file=str(tmp_path / "all.csv"))
    model = make_model("ridge", encoding=encoding, penalties=(1.0,)).fit(train)
    perturbations, S, weights = pool_contexts(train.profiles())
    V, _ = model.encoding_.encode(perturbations)
    expected = loo_ridge(V, S, (1.0,), weights=weights).loo_error
    shift = model.leave_one_out() - train.profiles().control[train.profiles().context_index]
    first = [
        next(i for i, c in enumerate(train.profiles().conditions) if c.perturbation == p)
        for p in perturbations
    ]
    found = np.average(((shift[first] - S) ** 2).mean(axis=1), weights=weights)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
