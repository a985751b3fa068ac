"""Sets of perturbations that may have caused a profile."""

import numpy as np
import pytest

from foretell.core.errors import UnknownName
from foretell.core.query import Query
from foretell.core.registry import make_model
from foretell.uncertainty.retrieval import retrieval_sets


@pytest.fixture(scope="module")
def ready(screen):
    drawn, models = screen
    return drawn, models["scaled"].model.with_seed(0).fit(drawn.parts["train"])


def test_the_true_perturbation_is_in_its_set_as_often_as_promised(gate, tmp_path):
    found, fewer, sizes = [], [], []
    for seed in range(200, 206):
        drawn = gate.simulate(seed, tmp_path)
        model = gate.wrappers(drawn)["scaled"].model.fit(drawn.parts["train"])
        sets = retrieval_sets(model, drawn.parts["calibration"], drawn.query, drawn.truth, 0.8)
        found.append(np.diag(sets.members).mean())
        rank = (sets.distance < np.diag(sets.distance)[:, None]).sum(axis=1) + 1
        fewer.append((rank < sets.k).mean())
        sizes.append(sets.k)
    assert np.mean(found) >= 0.78
    assert np.mean(fewer) < 0.82  # one candidate less would not do
    assert np.median(sizes) < 50  # of 100 candidates


def test_a_model_that_is_right_needs_sets_of_one(ready, table):
    rng = np.random.default_rng(0)
    S = rng.normal(size=(40, 8))
    data = table(S, [f"P{i:03d}" for i in range(40)])
    model = make_model("perturbation_mean").fit(data)  # has seen it all
    sets = retrieval_sets(model, data, Query.of(data, data.perturbed), data.profiles().S)
    assert sets.k == 1
    np.testing.assert_array_equal(sets.members, np.eye(40, dtype=bool))


def test_a_model_that_cannot_tell_perturbations_apart_gets_sets_of_everything(ready):
    drawn, _ = ready
    mean = make_model("training_mean").fit(drawn.parts["train"])
    sets = retrieval_sets(mean, drawn.parts["calibration"], drawn.query, drawn.truth)
    assert sets.members.all()


def test_too_few_calibration_conditions_give_everything_and_the_reason(ready):
    drawn, model = ready
    few = drawn.parts["calibration"].subset(drawn.parts["calibration"].perturbed[:5])
    sets = retrieval_sets(model, few, drawn.query, drawn.truth)
    assert sets.members.all()
    assert sets.reason == "5 calibration conditions, 9 are needed"


def test_candidates_of_two_contexts_are_refused(table):
    data = table(np.zeros((4, 2)), ["A", "A", "B", "B"], ["x", "y"] * 2)
    model = make_model("training_mean").fit(data)
    with pytest.raises(UnknownName, match="2 contexts"):
        retrieval_sets(model, data, Query.of(data, data.perturbed), np.zeros((1, 2)))
