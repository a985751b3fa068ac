"""Bands for a new context, weighted by its controls."""

import numpy as np
import pytest

from foretell.core.query import Query
from foretell.core.registry import make_model


def names(n):
    return [f"P{i:03d}" for i in range(n)]


def asked_of(data, context, other):
    """Train on one context and calibrate on another, ask about the last."""

    def part(name):
        return data.subset(c for c in data.present if str(c.context) == name)

    train, kept = part("a"), part(other)
    asked = [c for c in data.perturbed if str(c.context) == context]
    return train, kept, asked


@pytest.fixture(scope="module")
def contexts(cells):
    """Context b resembles a and c; context far expresses everything differently."""
    rng = np.random.default_rng(0)
    base = {"a": 5.0, "b": 5.0, "c": 5.0, "far": 5.0 + 4.0 * np.sign(rng.normal(size=15))}
    S = rng.normal(0.0, 0.6, size=(60, 15))
    return cells(S, n=10, n_control=80, contexts=tuple(base), base=base)


def fitted(data, context):
    train, kept, asked = asked_of(data, context, "b")
    model = make_model("weighted_conformal", scale="none").fit(train, kept)
    return model.predict(Query.of(data, asked)), asked


def test_a_context_whose_controls_are_alike_gets_bands_that_hold(contexts):
    answer, asked = fitted(contexts, "c")
    profiles = contexts.profiles()
    order = {c: i for i, c in enumerate(profiles.conditions)}
    truth = profiles.Y[[order[c] for c in asked]]
    assert np.isfinite(answer.upper).all()
    inside = (answer.lower <= truth) & (truth <= answer.upper)
    assert inside.mean() == pytest.approx(0.91, abs=0.05)
    assert answer.reasons[0].startswith("weighted: holds if controls tell all")


def test_a_context_that_looks_like_none_gets_no_band(contexts):
    answer, _ = fitted(contexts, "far")
    assert np.isinf(answer.upper).all()


def test_few_effective_perturbations_are_refused_with_their_number(contexts):
    train, kept, asked = asked_of(contexts, "c", "b")
    model = make_model("weighted_conformal", scale="none", least=1000.0).fit(train, kept)
    reason = model.predict(Query.of(contexts, asked)).reasons[0]
    assert reason == "like 60.0 calibration perturbations, 1000 are needed"


def test_split_conformal_makes_no_band_of_the_same_calibration(contexts):
    """Sixty perturbations in one unseen context are one draw of a context."""
    train, kept, asked = asked_of(contexts, "c", "b")
    model = make_model("split_conformal", model=make_model("perturbation_mean"), scale="none")
    answer = model.fit(train, kept).predict(Query.of(contexts, asked))
    assert np.isinf(answer.upper).all()
    assert answer.reasons[0].startswith("1 calibration contexts")


def test_a_relative_scale_has_no_controls_to_compare(table):
    data = table(np.zeros((80, 3)), np.repeat(names(40), 2), ["a", "b"] * 40)
    train, kept, asked = asked_of(data, "b", "b")
    model = make_model("weighted_conformal", scale="none").fit(train, kept)
    answer = model.predict(Query.of(data, asked))
    assert np.isinf(answer.upper).all()
    assert answer.reasons[0] == "there are no controls to compare contexts by"
