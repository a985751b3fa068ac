"""Selective metrics in cases where the value is known."""

from dataclasses import replace

import numpy as np
import pytest

from foretell.contract.truths import MASKED, example_truth, perfect
from foretell.metrics.selective import aurc, selective_gain


def answered(errors, confidence):
    """An answer with the given root mean squared error and confidence in each condition."""
    truth = example_truth(len(errors), 20)
    mean = truth.mean + np.asarray(errors, dtype=float)[:, None]
    mean[:, :MASKED] += 100.0
    return truth, replace(perfect(truth), mean=mean, confidence=np.asarray(confidence, dtype=float))


def area(errors, order):
    e = np.asarray(errors, dtype=float)[order]
    return np.mean([e[: k + 1].mean() for k in range(len(e))])


def test_the_area_is_the_mean_risk_of_the_most_confident():
    errors, confidence = [3.0, 1.0, 2.0, 8.0], [0.1, 0.9, 0.5, 0.3]
    values = aurc(*answered(errors, confidence))
    assert values.mean() == pytest.approx(area(errors, [1, 2, 3, 0]))
    assert len(set(values.round(9))) > 1  # jackknife values


@pytest.mark.parametrize(
    ("confidence", "gain"),
    [([4, 3, 2, 1], 1.0), ([1, 1, 1, 1], 0.0)],
    ids=["perfect order", "no order"],
)
def test_the_gain_is_one_for_the_true_order_and_zero_for_none(confidence, gain):
    assert selective_gain(*answered([1, 2, 3, 4], confidence)).mean() == pytest.approx(gain)


def test_the_worst_order_is_worse_than_chance():
    assert selective_gain(*answered([1, 2, 3, 4], [1, 2, 3, 4])).mean() < -0.5


def test_random_orders_gain_nothing_on_average():
    rng = np.random.default_rng(0)
    errors = rng.exponential(size=9)
    found = [selective_gain(*answered(errors, rng.permutation(9))).mean() for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.0, abs=0.06)


def test_ties_stand_in_every_order_at_once():
    errors = [1.0, 5.0, 2.0]
    both = [area(errors, order) for order in ([0, 1, 2], [1, 0, 2])]
    assert aurc(*answered(errors, [2, 2, 1])).mean() == pytest.approx(np.mean(both))


def test_widths_and_sds_stand_in_for_confidence_and_endless_bands_come_last():
    truth, answer = answered([3.0, 1.0, 2.0], [0, 0, 0])
    half = np.array([np.inf, 0.1, 5.0])[:, None] * np.ones(truth.mean.shape)
    banded = replace(
        answer, confidence=None, sd=None, lower=answer.mean - half, upper=answer.mean + half
    )
    assert selective_gain(truth, banded).mean() == pytest.approx(1.0)
    said = replace(
        answer, confidence=None, sd=np.array([3.0, 1.0, 2.0])[:, None] * np.ones(truth.mean.shape)
    )
    assert selective_gain(truth, said).mean() == pytest.approx(1.0)


def test_equal_errors_have_no_order_and_no_error_is_perfect():
    assert np.isnan(selective_gain(*answered([2.0, 2.0, 2.0], [1, 2, 3]))).all()
    assert (selective_gain(*answered([0.0, 0.0, 0.0], [1, 2, 3])) == 1.0).all()
