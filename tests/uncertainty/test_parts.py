"""Carving by whole perturbations, and distances to training."""

import numpy as np
import pytest

from foretell.core.perturbation import Perturbation
from foretell.core.registry import make_model
from foretell.uncertainty.carve import carve, draw_folds, without
from foretell.uncertainty.evidence import left_out_evidence
from foretell.uncertainty.novelty import Novelty


def names(n):
    return [f"P{i:03d}" for i in range(n)]


def test_what_is_carved_out_are_whole_perturbations_with_all_doses_and_contexts(table):
    contexts = ["x"] * 24 + ["y"] * 24
    data = table(np.zeros((48, 2)), names(12) * 4, contexts, np.repeat([1, 10, 1, 10], 12))
    kept, held = carve(data, 0.25, np.random.default_rng(0))

    def compounds(part):
        return {str(c.perturbation).partition("@")[0] for c in part.perturbed}

    assert len(compounds(held)) == 3
    assert not compounds(held) & compounds(kept)
    assert len(held.perturbed) == 12


def test_too_few_perturbations_are_not_carved(table):
    data = table(np.zeros((2, 2)), names(2))
    assert carve(data, 0.25, np.random.default_rng(0)) == (data, None)


def test_folds_differ_by_one_key_and_keep_keys_together():
    keys = np.repeat(names(11), 3)
    fold = draw_folds(keys, 4, np.random.default_rng(0))
    counts = [len(set(keys[fold == k])) for k in range(4)]
    assert sorted(counts) == [2, 3, 3, 3]
    assert all(len(set(fold[keys == key])) == 1 for key in set(keys))


def test_controls_stay_when_conditions_go(make_dataset):
    data = make_dataset()
    part = without(data, data.perturbed[:2])
    assert len(part.perturbed) == len(data.perturbed) - 2
    assert part.controls().n_obs == data.controls().n_obs


def test_distances_are_those_to_the_nearest_others(screen):
    drawn, models = screen
    train = drawn.parts["train"].profiles()
    novelty = Novelty.of(models["scaled"].model.encoding, train)
    asked = [*(c.perturbation for c in train.conditions[:3]), Perturbation.of("nobody knows it")]
    found = novelty.distance(asked)
    V, _ = novelty.encoding.encode([c.perturbation for c in train.conditions])
    for i in range(3):
        apart = np.sort(np.linalg.norm(V - V[i], axis=1))[1:6]
        assert found[i] == pytest.approx(apart.mean())
    assert np.isnan(found[3])


def test_training_in_several_contexts_is_not_left_out_in_one_of_them(table):
    one = table(np.random.default_rng(0).normal(size=(20, 2)), names(20))
    two = table(np.zeros((20, 2)), np.repeat(names(10), 2), ["x", "y"] * 10)
    assert len(left_out_evidence(make_model("training_mean").fit(one), one)) == 20
    assert left_out_evidence(make_model("training_mean").fit(two), two) is None
    assert left_out_evidence(make_model("nearest_seen").fit(one), one) is None
