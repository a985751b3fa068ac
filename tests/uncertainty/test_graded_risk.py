"""A bound on each row's error that grows with the distance to training."""

import numpy as np
import pytest

from foretell.core.registry import make_model


@pytest.fixture(scope="module")
def risky(screen):
    drawn, models = screen
    inner = models["scaled"].model
    model = make_model("graded_risk", model=inner, encoding=inner.encoding)
    return drawn, model.fit(drawn.parts["train"], drawn.parts["calibration"])


def test_errors_stay_below_their_bound_as_often_as_promised(gate, screen, tmp_path):
    found = []
    for seed in range(100, 108):
        drawn = gate.simulate(seed, tmp_path)
        inner = gate.wrappers(drawn)["scaled"].model
        model = make_model("graded_risk", model=inner, encoding=inner.encoding)
        model.fit(drawn.parts["train"], drawn.parts["calibration"])
        bound, _ = model.risk(drawn.query)
        error = np.sqrt(((model.predict(drawn.query).mean - drawn.truth) ** 2).mean(axis=1))
        found.append((error <= bound).mean())
    assert np.mean(found) == pytest.approx(0.905, abs=0.03)


def test_the_bound_never_falls_with_distance_and_confidence_falls_with_the_bound(risky):
    drawn, model = risky
    bound, reasons = model.risk(drawn.query)
    d = model.novelty_.distance(drawn.query.perturbations)
    assert (np.diff(bound[np.argsort(d)]) >= 0).all()
    assert bound.max() > 1.5 * bound.min()
    assert set(reasons) == {""}
    np.testing.assert_allclose(model.predict(drawn.query).confidence, 1 / (1 + bound))


def test_rows_above_the_limit_are_abstained_from_with_the_reason(risky):
    drawn, model = risky
    bound, _ = model.risk(drawn.query)
    limit = float(np.median(bound))
    strict = make_model("graded_risk", model=model.model, encoding=model.encoding, limit=limit)
    strict.fit(drawn.parts["train"], drawn.parts["calibration"])
    answer = strict.predict(drawn.query)
    np.testing.assert_array_equal(answer.answered, bound <= limit)
    assert np.isnan(answer.mean[~answer.answered]).all()
    assert f"above {limit:g}" in answer.reasons[int(np.argmax(bound))]


def test_what_the_encoding_does_not_cover_counts_as_farthest(risky):
    _, model = risky
    assert model._expected([]).shape == (0,)
    from foretell.core.perturbation import Perturbation

    strange = model._expected([Perturbation.of("nobody knows it")])
    assert strange[0] == model.levels_.max()


def test_wrappers_can_be_put_around_each_other(screen):
    drawn, models = screen
    banded = make_model("split_conformal", model=models["scaled"].model)
    model = make_model("graded_risk", model=banded, encoding=banded.model.encoding)
    answer = model.fit(drawn.parts["train"], drawn.parts["calibration"]).predict(drawn.query)
    inside = (answer.lower <= drawn.truth) & (drawn.truth <= answer.upper)
    assert inside.mean() == pytest.approx(0.9, abs=0.07)  # 38 perturbations, carved out of train
    assert (answer.confidence > 0).all()
