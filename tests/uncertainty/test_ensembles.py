"""Ensembles: what their spread is, in cases where it is known."""

import numpy as np
import pytest

from foretell.core.query import Query
from foretell.core.registry import make_model

MEAN = make_model("training_mean")


def names(n):
    return [f"P{i:03d}" for i in range(n)]


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_spread_of_a_mean_is_its_standard_error(table, share):
    S = np.random.default_rng(0).normal(size=(80, 6))
    data = table(S, names(80))
    model = make_model("bootstrap_ensemble", model=MEAN, members=400, share=share).fit(data)
    answer = model.predict(Query.of(data, data.perturbed[:2]))
    expected = S.std(axis=0, ddof=1) / np.sqrt(80)
    np.testing.assert_allclose(answer.sd[0], expected, rtol=0.15)
    np.testing.assert_allclose(answer.mean[0], S.mean(axis=0))


def test_perturbations_are_drawn_whole(table):
    data = table(np.zeros((60, 2)), np.repeat(names(20), 3), ["x", "y", "z"] * 20)
    model = make_model("bootstrap_ensemble", model=make_model("nearest_seen"), members=3).fit(data)
    for member in model.members_:
        labels = [str(c.perturbation) for c in member.conditions_]
        assert len(labels) == 30
        assert len(set(labels)) == 10


def test_members_differ_from_each_other_and_not_between_runs(table):
    data = table(np.random.default_rng(1).normal(size=(30, 2)), names(30))
    query = Query.of(data, data.perturbed[:1])
    first, again, other = (
        make_model("bootstrap_ensemble", model=MEAN).with_seed(seed).fit(data).predict(query).sd
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()
    assert (first > 0).all()


def test_a_model_that_draws_nothing_has_no_spread_over_seeds(table):
    data = table(np.random.default_rng(2).normal(size=(30, 2)), names(30))
    query = Query.of(data, data.perturbed[:3])
    answer = make_model("seed_ensemble", model=MEAN).fit(data).predict(query)
    np.testing.assert_allclose(answer.sd, 0.0, atol=1e-15)
    np.testing.assert_allclose(answer.mean, MEAN.with_seed(0).fit(data).predict(query).mean)


def test_every_member_has_a_seed_of_its_own(table):
    data = table(np.zeros((10, 2)), names(10))
    model = make_model("seed_ensemble", model=MEAN, members=4).fit(data)
    assert len({member.seed for member in model.members_}) == 4
