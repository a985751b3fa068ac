"""Interval metrics in cases where the value is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from foretell.contract.truths import MASKED, example_truth, perfect
from foretell.metrics.intervals import (
    coverage,
    coverage_shortfall,
    crps,
    interval_infinite,
    interval_score,
    interval_width,
    pit_error,
    simultaneous_coverage,
)
from foretell.stats.jackknife import jackknife_values


@pytest.fixture
def truth():
    return example_truth()


def with_bands(truth, half, level=0.9, shift=0.0):
    mean = truth.mean + shift
    half = np.broadcast_to(half, mean.shape)
    return replace(
        perfect(truth), mean=mean, lower=mean - half, upper=mean + half, coverage=level, sd=None
    )


def drawn(seed=0, n=60, g=80, sd=1.0, said=1.0):
    """Truths around 0 with errors of one sd, and an answer that says another."""
    truth = example_truth(n, g)
    rng = np.random.default_rng(seed)
    mean = truth.mean + sd * rng.normal(size=truth.mean.shape)
    half = said * norm.ppf(0.95) * np.ones(mean.shape)
    answer = replace(
        perfect(truth), mean=mean, lower=mean - half, upper=mean + half, sd=said * np.ones((n, g))
    )
    return truth, answer


def test_coverage_is_the_share_of_counted_genes_inside(truth):
    answer = with_bands(truth, 0.1)
    upper, lower = answer.upper.copy(), answer.lower.copy()
    lower[0, MASKED : MASKED + 10] = truth.mean[0, MASKED : MASKED + 10] + 0.01
    lower[1, :MASKED] = np.inf  # masked genes do not count
    shares = coverage(truth, replace(answer, lower=lower, upper=upper))
    g = truth.mean.shape[1] - MASKED
    assert shares[0] == pytest.approx((g - 10) / g)
    assert (shares[1:] == 1.0).all()


def test_honest_bands_are_covered_as_often_as_they_say():
    truth, answer = drawn()
    assert coverage(truth, answer).mean() == pytest.approx(0.9, abs=0.015)


def test_endless_bands_are_counted_and_otherwise_left_out(truth):
    answer = with_bands(truth, 0.1)
    upper = answer.upper.copy()
    upper[:, MASKED : MASKED + 5] = np.inf
    lower = answer.lower.copy()
    lower[2] = -np.inf
    answer = replace(answer, upper=upper, lower=lower)
    g = truth.mean.shape[1] - MASKED
    assert interval_infinite(truth, answer)[0] == pytest.approx(5 / g)
    assert interval_infinite(truth, answer)[2] == 1.0
    for one in (
        coverage,
        coverage_shortfall,
        simultaneous_coverage,
        interval_width,
        interval_score,
    ):
        values = one(truth, answer)
        assert np.isnan(values[2])
        assert np.isfinite(values[[0, 1]]).all()
    assert interval_width(truth, answer)[0] == pytest.approx(0.2)


def test_a_shortfall_is_what_is_missing_and_never_negative(truth):
    answer = with_bands(truth, 0.1, shift=np.where(np.arange(truth.mean.shape[1]) % 2, 1.0, 0.0))
    share = coverage(truth, answer)
    np.testing.assert_allclose(coverage_shortfall(truth, answer), 0.9 - share)
    assert (coverage_shortfall(truth, with_bands(truth, 0.1)) == 0.0).all()


def test_one_gene_outside_is_enough_to_miss_a_panel(truth):
    answer = with_bands(truth, 0.1)
    lower = answer.lower.copy()
    lower[3, -1] = truth.mean[3, -1] + 0.05
    assert simultaneous_coverage(truth, replace(answer, lower=lower)).tolist() == [
        1.0 if i != 3 else 0.0 for i in range(len(truth.mean))
    ]


def test_winkler_score_by_hand(truth):
    inside = interval_score(truth, with_bands(truth, 0.3))
    np.testing.assert_allclose(inside, 0.6)
    outside = interval_score(truth, with_bands(truth, 0.3, shift=0.5))
    np.testing.assert_allclose(outside, 0.6 + 2 / 0.1 * 0.2)


def test_winkler_score_prefers_the_true_quantiles():
    scores = [interval_score(*drawn(said=said)).mean() for said in (0.5, 0.8, 1.0, 1.25, 2.0)]
    assert int(np.argmin(scores)) == 2


def test_crps_is_the_integral_that_defines_it(truth):
    sd, shift = 0.7, 0.4
    answer = replace(perfect(truth), mean=truth.mean + shift, sd=np.full(truth.mean.shape, sd))

    def squared(x):
        return (norm.cdf(x, loc=shift, scale=sd) - (x >= 0)) ** 2

    expected = quad(squared, -8, 0)[0] + quad(squared, 0, 8)[0]
    np.testing.assert_allclose(crps(truth, answer), expected, rtol=1e-6)


def test_crps_of_a_point_is_its_absolute_error_and_bands_stand_in_for_sd(truth):
    point = replace(perfect(truth), mean=truth.mean + 0.3, sd=np.zeros(truth.mean.shape))
    np.testing.assert_allclose(crps(truth, point), 0.3)
    band = with_bands(truth, norm.ppf(0.95) * 0.7, shift=0.4)
    said = replace(perfect(truth), mean=truth.mean + 0.4, sd=np.full(truth.mean.shape, 0.7))
    np.testing.assert_allclose(crps(truth, band), crps(truth, said))


def test_probability_values_tell_too_wide_and_too_narrow_from_calibrated():
    good, wide, narrow, biased = (
        float(pit_error(*pair).mean())
        for pair in (drawn(), drawn(said=4.0), drawn(said=0.1), _biased())
    )
    assert good < 0.03
    assert wide > 0.12
    assert narrow > 0.15
    assert biased > 0.45


def _biased():
    truth, answer = drawn()
    return truth, replace(answer, mean=answer.mean + 10.0)


def test_probability_values_are_pooled_over_conditions_and_jackknifed():
    truth, answer = drawn(n=12, said=2.0)
    z = (truth.mean - answer.mean)[:, MASKED:] / 2.0
    t = (np.arange(200) + 0.5) / 200

    def statistic(at):
        u = norm.cdf(z[at]).ravel()
        return float(np.mean([abs(np.mean(u <= level) - level) for level in t]))

    np.testing.assert_allclose(pit_error(truth, answer), jackknife_values(statistic, 12))
