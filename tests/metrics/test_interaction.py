"""Interactions: planted classes, the additive expectation, partial correlation by residuals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from foretell.core.metric import Answer, Truth
from foretell.core.registry import find
from foretell.metrics.interaction import CLASSES, _classes

METRICS = find("metrics")


@given(st.integers(0, 10_000))
def test_the_correlation_is_that_of_residuals_of_the_additive_sum(draw, seed):
    truth, answer = draw(seed)
    found = METRICS["interaction_correlation"](truth, answer)
    for i, keep in enumerate(truth.mask):
        X = np.column_stack([np.ones(keep.sum()), truth.parts[i][keep]])
        rest = [
            y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
            for y in (truth.shift[i][keep], answer.shift[i][keep])
        ]
        assert np.isclose(found[i], pearsonr(*rest).statistic)


@given(st.integers(0, 10_000))
def test_the_error_is_in_units_of_the_true_interaction(draw, seed):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        own = (truth.shift[i] - truth.parts[i])[keep]
        predicted = (answer.shift[i] - truth.parts[i])[keep]
        expected = np.sqrt(((predicted - own) ** 2).sum() / (own**2).sum())
        assert np.isclose(METRICS["interaction_error"](truth, answer)[i], expected)


@pytest.mark.parametrize("times", [0.5, 1.0, 2.0])
def test_the_additive_expectation_knows_no_interaction(draw, times):
    truth, answer = draw(0)
    additive = replace(answer, mean=answer.control + times * truth.parts)
    assert (METRICS["interaction_correlation"](truth, additive) == 0).all()
    if times == 1:
        given_ = replace(additive, control=truth.control, mean=truth.control + truth.parts)
        np.testing.assert_allclose(METRICS["interaction_error"](truth, given_), 1.0)


def test_what_is_no_combination_of_measured_parts_has_no_score(draw):
    truth, answer = draw(1)
    parts, part_shifts = truth.parts.copy(), truth.part_shifts.copy()
    parts[2], part_shifts[2] = np.nan, np.nan
    some = replace(truth, parts=parts, part_shifts=part_shifts)
    for name in ("interaction_error", "interaction_correlation", "gi_class_accuracy"):
        found = METRICS[name](some, answer)
        assert np.isnan(found[2])
        assert np.isfinite(np.delete(found, 2)).all()


def doubles():
    """Two unlike parts, two that are alike, and a double of every class."""
    rng = np.random.default_rng(0)
    a, b, new = rng.normal(size=(3, 200))
    alike = a + 0.2 * b
    return {
        "additive": (a, b, a + b),
        "synergy": (a, b, 2 * a + 2 * b),
        "suppression": (a, b, 0.5 * a + 0.5 * b),
        "neomorphic": (a, b, 0.2 * a + 0.2 * b + new),
        "redundant": (a, alike, 0.5 * a + 0.5 * alike),
        "epistatic": (a, b, a + 0.1 * b),
    }


@pytest.mark.parametrize("name", CLASSES)
def test_a_planted_interaction_falls_into_its_class(name):
    a, b, double = doubles()[name]
    noise = 0.05 * np.random.default_rng(1).normal(size=len(a))
    found = _classes((double + noise)[None], np.stack([a, b])[None])
    assert CLASSES[found[0]] == name


def test_the_class_is_right_where_predicted_and_true_double_share_it():
    planted = doubles()
    names = list(planted)
    parts = np.array([planted[name][:2] for name in names])
    mean = np.array([planted[name][2] for name in names])
    zero = np.zeros(mean.shape[1])
    truth = Truth(
        mean=mean,
        control=zero,
        reference=zero,
        mask=np.ones(mean.shape, bool),
        n_obs=np.ones(len(mean), int),
        parts=parts.sum(axis=1),
        part_shifts=parts,
    )
    accuracy = METRICS["gi_class_accuracy"]
    additive = Answer(parts.sum(axis=1), zero, zero)
    np.testing.assert_array_equal(accuracy(truth, Answer(mean, zero, zero)), 1.0)
    np.testing.assert_array_equal(accuracy(truth, additive)[0], 1.0)
    assert accuracy(truth, additive)[1:4].sum() == 0
