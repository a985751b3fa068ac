"""Cross-conformal bands against the same by hand."""

import numpy as np
import pytest

from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.stats.conformal.quantile import conformal_quantile

MEAN = make_model("training_mean")


def names(n):
    return [f"P{i:03d}" for i in range(n)]


@pytest.fixture(scope="module")
def noise(table):
    return table(np.random.default_rng(0).normal(size=(30, 4)), names(30))


def divided(data, n_test=3):
    asked = list(data.perturbed[-n_test:])
    return data.subset(c for c in data.present if c not in asked), Query.of(data, asked)


def test_as_many_folds_as_perturbations_are_the_jackknife_plus(noise):
    train, query = divided(noise)
    model = make_model("cross_conformal", model=MEAN, folds=99, scale="none").fit(train)
    answer = model.predict(query)
    Y = train.profiles().Y
    left = (Y.sum(axis=0) - Y) / (len(Y) - 1)  # means without each
    R = np.abs(Y - left)
    k = int(np.ceil(28 * 0.9))
    upper = np.sort(left + R, axis=0)[k - 1]
    lower = -np.sort(R - left, axis=0)[k - 1]
    np.testing.assert_allclose(answer.upper, np.tile(upper, (3, 1)))
    np.testing.assert_allclose(answer.lower, np.tile(lower, (3, 1)))


def test_the_jackknife_is_taken_from_the_closed_form_without_a_refit(noise):
    train, query = divided(noise)
    model = make_model("cross_conformal", model=MEAN, method="jackknife", scale="none").fit(train)
    assert model.fold_models_ == [model.model_]
    answer = model.predict(query)
    errors = np.abs(train.profiles().Y - model.model_.leave_one_out())
    np.testing.assert_allclose(
        answer.upper - answer.mean, np.tile(conformal_quantile(errors, 0.9), (3, 1))
    )


def test_a_model_without_closed_form_gets_folds(noise):
    train, _ = divided(noise)
    model = make_model(
        "cross_conformal", model=make_model("nearest_seen"), method="jackknife", folds=4
    )
    assert len(model.fit(train).fold_models_) == 4


def test_a_perturbation_is_left_out_of_all_contexts(table):
    rng = np.random.default_rng(1)
    data = table(rng.normal(size=(60, 3)), np.repeat(names(20), 3), ["x", "y", "z"] * 20)
    asked = [c for c in data.perturbed if str(c.perturbation) == "P019"]
    train = data.subset(c for c in data.present if c not in asked)
    query = Query.of(data, asked)
    model = make_model("cross_conformal", model=MEAN, folds=5, scale="none").fit(train)
    assert set(model.ledger_.names) == {"unseen perturbation"}
    assert model.ledger_.n_units == (19,)
    assert np.isfinite(model.predict(query).upper).all()


def test_contexts_that_nothing_was_left_out_in_get_no_band(noise):
    train, query = divided(noise)
    model = make_model("cross_conformal", model=MEAN, folds=5, scale="none").fit(train)
    answer = model.predict(query.select([0]))
    assert np.isfinite(answer.upper).all()
    assert answer.reasons == ("27 calibration units: below 40 nothing is claimed",)
    few, query = divided(noise, 23)
    answer = make_model("cross_conformal", model=MEAN, scale="none").fit(few).predict(query)
    assert np.isinf(answer.upper).all()
    assert answer.reasons[0].startswith("7 calibration perturbations")


def test_bands_hold_the_mean_also_where_folds_disagree_with_it(screen):
    drawn, models = screen
    model = make_model("cross_conformal", model=models["scaled"].model, coverage=0.3, folds=3)
    answer = model.fit(drawn.parts["train"]).predict(drawn.query)
    assert ((answer.lower <= answer.mean) & (answer.mean <= answer.upper)).all()


def test_parts_of_combinations_stay_in_training_when_combinations_are_left_out(table):
    """Sums of their parts, and a little noise: bands are as narrow as the noise."""
    rng = np.random.default_rng(2)
    S = rng.normal(size=(30, 4))
    pairs = [(i, j) for i in range(30) for j in range(i + 1, 30)][::7]
    sums = np.array([S[i] + S[j] for i, j in pairs]) + 0.01 * rng.normal(size=(len(pairs), 4))
    labels = names(30) + [f"P{i:03d}+P{j:03d}" for i, j in pairs]
    data = table(np.concatenate([S, sums]), labels)
    asked = [c for c in data.perturbed if c.perturbation.order == 2][:5]
    train = data.subset(c for c in data.present if c not in asked)
    model = make_model("cross_conformal", model=make_model("additive"), folds=4, scale="none")
    answer = model.fit(train).predict(Query.of(data, asked))
    assert len(model.fold_models_) == 8
    assert np.isfinite(answer.upper).all()
    assert (answer.upper - answer.lower).max() < 0.06
