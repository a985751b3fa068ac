"""Split conformal bands: what they are made of, and when there are none."""

import numpy as np
import pytest

from foretell.core.errors import BadModelOutput, BadValues
from foretell.core.perturbation import Perturbation
from foretell.core.query import Query, QueryRow
from foretell.core.registry import make_model
from foretell.core.task import TaskName
from foretell.stats.conformal.quantile import conformal_quantile
from foretell.uncertainty.prepare import prepare, set_aside

MEAN = make_model("training_mean")


def names(n, first=0):
    return [f"P{i:03d}" for i in range(first, first + n)]


@pytest.fixture(scope="module")
def noise(table):
    """A screen of pure noise: 60 training, 60 calibration, 30 test perturbations, 12 genes."""
    rng = np.random.default_rng(0)
    return table(rng.normal(size=(150, 12)) * np.linspace(0.5, 2.0, 12), names(150))


def fitted(data, sides, n_calibration=60, **fields):
    fields = {"model": MEAN, "scale": "none"} | fields
    model = make_model("split_conformal", **fields)
    train, kept, asked = sides(data, names(n_calibration, 60), names(30, 120))
    return model.fit(train, kept), Query.of(data, asked)


def test_a_band_is_the_prediction_and_the_conformal_quantile_of_its_errors(noise, sides):
    model, query = fitted(noise, sides)
    train, kept, _ = sides(noise, names(60, 60), names(30, 120))
    errors = np.abs(kept.profiles().Y - train.profiles().Y.mean(axis=0))
    answer = model.predict(query)
    half = np.tile(conformal_quantile(errors, 0.9), (30, 1))
    np.testing.assert_allclose(answer.upper - answer.mean, half)
    np.testing.assert_allclose(answer.mean - answer.lower, half)
    assert answer.coverage == 0.9


def test_means_and_marks_are_those_of_the_wrapped_model(noise, sides):
    one_hot = make_model("ridge")
    model, query = fitted(noise, sides, model=one_hot)
    train, _, _ = sides(noise, names(60, 60), names(30, 120))
    alone = make_model("ridge").fit(train).predict(query)
    answer = model.predict(query)
    np.testing.assert_array_equal(answer.mean, alone.mean)
    assert answer.support.tolist() == ["fallback"] * 30
    assert answer.reasons[0].startswith("the encoding does not cover")
    assert model.tasks == one_hot.tasks
    assert not hasattr(one_hot, "weights_")  # the field itself was not fitted


@pytest.mark.parametrize(
    ("n", "finite", "reason"),
    [
        (8, False, "8 calibration perturbations (unseen perturbation), 9 are needed for 90%"),
        (20, True, "20 calibration units: below 40 nothing is claimed"),
        (40, True, ""),
    ],
)
def test_what_few_calibration_perturbations_allow_is_said(noise, sides, n, finite, reason):
    model, query = fitted(noise, sides, n_calibration=n)
    answer = model.predict(query)
    assert np.isfinite(answer.upper).all() == finite
    assert np.isfinite(answer.lower).all() == finite
    assert set(answer.reasons) == {reason}


def test_conditions_of_one_perturbation_are_one_unit(table, sides):
    """Eight perturbations in three contexts are eight, though there are 24 conditions."""
    rng = np.random.default_rng(1)
    labels = np.repeat(names(40), 3)
    data = table(rng.normal(size=(120, 4)), labels, ["x", "y", "z"] * 40)
    train, kept, asked = sides(data, names(8, 20), names(12, 28))
    model = make_model("split_conformal", model=MEAN, scale="none").fit(train, kept)
    answer = model.predict(Query.of(data, asked))
    assert np.isinf(answer.upper).all()
    assert answer.reasons[0].startswith("8 calibration perturbations")


def test_without_calibration_whole_perturbations_are_carved_out_of_training(table):
    rng = np.random.default_rng(2)
    labels = np.repeat(names(60), 2)
    data = table(rng.normal(size=(120, 4)), labels, ["x", "y"] * 60)
    model = make_model("split_conformal", model=MEAN, scale="none").fit(data)
    assert len(model.conditions_) == 90
    assert len({str(c.perturbation) for c in model.conditions_}) == 45
    assert model.ledger_.n_units == (15,)


def asked_in(query, context, label=None):
    """The same question about another context, starting from the same controls."""
    rows = tuple(
        QueryRow(Perturbation.parse(label) if label else r.perturbation, context, start=r.context)
        for r in query.rows
    )
    return Query(rows, query.controls, query.genes, query.scale)


def test_an_unseen_context_gets_no_band_and_the_reason(noise, sides):
    model, query = fitted(noise, sides)
    context = query.rows[0].context.of(cell_type="nobody knows it")
    answer = model.predict(asked_in(query, context))
    assert np.isinf(answer.upper).all()
    assert answer.reasons[0].startswith("no calibration condition is like it (unseen context")
    assert np.isfinite(answer.mean).all()


def test_a_band_without_any_claim_has_to_be_asked_for_and_says_so(noise, sides):
    model, query = fitted(noise, sides, claim="none")
    context = query.rows[0].context.of(cell_type="nobody knows it")
    answer = model.predict(asked_in(query, context))
    assert np.isfinite(answer.upper).all()
    assert answer.reasons[0].startswith("no guarantee: no calibration condition is like it")


def test_a_dose_beyond_those_trained_on_gets_no_band(table):
    rng = np.random.default_rng(3)
    data = table(rng.normal(size=(180, 3)), names(60) * 3, doses=np.repeat([1, 3, 10], 60))
    by_dose = {
        d: [c for c in data.perturbed if f"@{d} uM" in str(c.perturbation)] for d in (1, 3, 10)
    }
    train, kept = data.subset(by_dose[1]), data.subset(by_dose[3])
    assert len(kept.perturbed) == 60
    model = make_model("split_conformal", model=MEAN, scale="none").fit(train, kept)
    answer = model.predict(Query.of(data, by_dose[10]))
    assert np.isinf(answer.upper).all()
    assert "unseen dose beyond those trained on" in answer.reasons[0]


def test_combinations_are_compared_with_combinations(table):
    """Pairs err far more than singles here, and their bands show it."""
    rng = np.random.default_rng(4)
    singles = names(80)
    pairs = [f"{a}+{b}" for a, b in zip(singles[:40], singles[1:41], strict=True)]
    S = np.concatenate([rng.normal(size=(80, 5)), 10 * rng.normal(size=(40, 5))])
    data = table(S, singles + pairs)
    position = {str(c.perturbation): c for c in data.perturbed}
    held = [position[name] for name in singles[60:75] + pairs[:15]]
    asked = [position[name] for name in [singles[79], pairs[39]]]
    train = data.subset(c for c in data.present if c not in held + asked)
    model = make_model("split_conformal", model=MEAN, scale="none").fit(train, data.subset(held))
    width = np.median((lambda a: a.upper - a.lower)(model.predict(Query.of(data, asked))), axis=1)
    assert width[1] > 4 * width[0]


def test_the_band_of_a_population_is_narrower_and_holds_for_true_means(cells, sides):
    """Errors of variance 0.05, and as much sampling noise: half of the square."""
    rng = np.random.default_rng(5)
    S = rng.normal(0.0, np.sqrt(0.05), size=(700, 30))
    data = cells(S, n=20)
    train, kept, asked = sides(data, names(400, 100), names(200, 500))
    width, covered = {}, {}
    for target in ("profile", "population"):
        model = make_model("split_conformal", model=MEAN, scale="none", target=target)
        answer = model.fit(train, kept).predict(Query.of(data, asked))
        order = [int(str(c.perturbation)[1:]) for c in asked]
        truth = 5.0 + S[order]
        width[target] = np.median(answer.upper - answer.lower)
        covered[target] = np.mean((answer.lower <= truth) & (truth <= answer.upper))
    ratio = width["population"] / width["profile"]
    assert np.sqrt(0.5) < ratio < 1.12 * np.sqrt(0.5)  # on the wide side
    assert 0.9 <= covered["population"] < 0.95
    assert covered["profile"] > 0.96


def test_a_population_needs_several_observations(noise, sides):
    with pytest.raises(BadValues, match="several observations"):
        fitted(noise, sides, target="population")


def test_a_spread_that_the_model_does_not_have_is_refused(noise, sides):
    with pytest.raises(BadModelOutput, match="standard deviations"):
        fitted(noise, sides, scale="sd")


def test_bands_scale_with_the_sd_of_an_ensemble(screen):
    drawn, models = screen
    inner = make_model("bootstrap_ensemble", model=models["scaled"].model, members=5)
    model = make_model("split_conformal", model=inner, scale="sd")
    answer = model.fit(drawn.parts["train"], drawn.parts["calibration"]).predict(drawn.query)
    ratio = (answer.upper - answer.mean) / answer.sd
    np.testing.assert_allclose(ratio, np.tile(ratio[0], (len(ratio), 1)))
    inside = (answer.lower <= drawn.truth) & (drawn.truth <= answer.upper)
    assert inside.mean() == pytest.approx(0.9, abs=0.04)


def test_scales_are_learnt_where_no_quantile_is_taken_from(screen, noise, sides):
    drawn, models = screen
    rng = np.random.default_rng(0)
    closed = prepare(
        models["scaled"].model, 0, drawn.parts["train"], drawn.parts["calibration"], rng
    )
    reference, evidence = set_aside(closed, rng)
    assert set(reference.conditions) == set(drawn.parts["train"].perturbed)
    assert len(evidence) == 150
    train, kept, _ = sides(noise, names(60, 60), names(30, 120))
    opaque = prepare(make_model("nearest_seen"), 0, train, kept, rng)
    reference, evidence = set_aside(opaque, rng)
    assert not set(reference.unit) & set(evidence.unit)
    assert (len(reference), len(evidence)) == (15, 45)


def test_novel_perturbations_are_calibrated_apart(screen):
    drawn, models = screen
    model = models["scaled, by novelty"].fit(drawn.parts["train"], drawn.parts["calibration"])
    assert [name.rpartition(", ")[2] for name in model.ledger_.names] == [
        "novelty high",
        "novelty low",
        "novelty middle",
    ]
    assert sum(model.ledger_.n_units) == 150
    assert np.median(model.quantiles_[0]) > np.median(model.quantiles_[1])


def test_genes_that_were_not_measured_count_where_they_were(table, sides):
    rng = np.random.default_rng(6)
    S = rng.normal(size=(150, 3))
    S[60:113, 0] = np.nan  # measured in 7 of 60 calibration perturbations
    model, query = fitted(table(S, names(150)), sides)
    answer = model.predict(query)
    assert np.isinf(answer.upper[:, 0]).all()
    assert np.isfinite(answer.upper[:, 1:]).all()


def test_a_saved_model_gives_the_same_bands(screen, tmp_path):
    drawn, models = screen
    model = models["scaled, by novelty"].fit(drawn.parts["train"], drawn.parts["calibration"])
    model.save(tmp_path / "model")
    first, second = (m.predict(drawn.query) for m in (model, type(model).load(tmp_path / "model")))
    np.testing.assert_array_equal(first.lower, second.lower)
    assert TaskName.UNSEEN_PERTURBATION in model.tasks
