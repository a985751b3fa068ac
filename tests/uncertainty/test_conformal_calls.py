"""Calls of differential genes, and when there are none."""

import numpy as np
import pytest

from foretell.core.errors import BadValues
from foretell.core.query import Query
from foretell.core.registry import make_model


def names(n, first=0):
    return [f"P{i:03d}" for i in range(first, first + n)]


@pytest.fixture(scope="module")
def programme(cells, sides):
    """A third of the genes answers to everything, by the same amount; the others never do."""
    rng = np.random.default_rng(0)
    S = np.zeros((120, 30))
    S[:, :10] = rng.choice([-1.0, 1.0], size=10) * rng.uniform(0.8, 1.4, size=(120, 10))
    data = cells(S, n=60, n_control=300)
    train, kept, asked = sides(data, names(50, 40), names(30, 90))
    return data, train, kept, Query.of(data, asked)


@pytest.mark.parametrize("control", ["mean", "tail", "bh"])
def test_genes_that_always_answer_are_called_and_the_others_are_not(programme, control):
    _, train, kept, query = programme
    model = make_model("conformal_calls", model=make_model("training_mean"), control=control)
    answer = model.fit(train, kept).predict(query)
    assert answer.call_fdr == 0.1
    assert answer.calls[:, :10].mean() > 0.9
    assert answer.calls[:, 10:].mean() < 0.08


def test_a_model_that_ranks_at_random_calls_nothing(programme):
    _, train, kept, query = programme
    model = make_model("conformal_calls", model=make_model("no_change"))
    assert not model.fit(train, kept).predict(query).calls.any()


def test_an_unseen_context_gets_no_calls_and_the_reason(programme):
    _, train, kept, query = programme
    from dataclasses import replace

    elsewhere = query.rows[0].context.of(cell_type="nobody knows it")
    rows = tuple(replace(r, context=elsewhere, start=r.context) for r in query.rows)
    model = make_model("conformal_calls", model=make_model("training_mean"))
    answer = model.fit(train, kept).predict(replace(query, rows=rows))
    assert not answer.calls.any()
    assert "no calibration condition is like it" in answer.reasons[0]


def test_samples_without_a_test_need_a_threshold(table, sides):
    data = table(np.random.default_rng(1).normal(size=(90, 5)), names(90))
    train, kept, asked = sides(data, names(40, 20), names(30, 60))
    with pytest.raises(BadValues, match="no test"):
        make_model("conformal_calls", model=make_model("training_mean")).fit(train, kept)
    model = make_model("conformal_calls", model=make_model("training_mean"), threshold=1.0)
    assert model.fit(train, kept).predict(Query.of(data, asked)).calls.shape == (30, 5)


@pytest.mark.parametrize("test", ["moderated", "welch"])
def test_calibration_labels_are_those_of_the_test_of_the_metrics(programme, test):
    from foretell.stats.gene_tests import gene_tests
    from foretell.uncertainty.prepare import prepare

    data, train, kept, _ = programme
    model = make_model("conformal_calls", model=make_model("training_mean"), test=test)
    ready = prepare(model.model, 0, train, kept, np.random.default_rng(0), with_noise=True)
    found = model._is_true(ready.evidence, ready.train)
    codes = {c: i for i, c in enumerate(kept.perturbed)}
    code = np.array([codes.get(c, -1) for c in kept.conditions])
    own = kept.moments(code[kept.codes], len(codes))
    control = train.controls()
    there = control.moments(np.zeros(control.n_obs, dtype=int), 1)
    mask = np.ones(found.shape, dtype=bool)
    tests = gene_tests(
        own.mean,
        own.variance,
        own.n,
        there.mean[0],
        there.variance[0],
        control.n_obs,
        mask,
        test=test,
    )
    np.testing.assert_array_equal(found, tests.called)
