"""Ranges, wins and power: closed forms, limits, and the textbook's own numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, nct, t

from foretell.stats.comparison.clusters import cluster_weights
from foretell.stats.comparison.power import smallest_difference, standard_error
from foretell.stats.comparison.ranges import (
    bound_discrimination,
    dynamic_range_fraction,
    dynamic_range_median,
)
from foretell.stats.comparison.sign_flips import sign_flip_test
from foretell.stats.comparison.wins import share_interval, wins

SEEDS = st.integers(0, 10_000)


def generator(seed=0):
    return np.random.default_rng(seed)


def weights(k, draws=500):
    return cluster_weights(k, draws, generator(9))


@given(SEEDS)
def test_the_range_is_a_ratio_of_means_without_a_unit(seed):
    rng = generator(seed)
    floor, ceiling = rng.gamma(3, 1e-7, 20), rng.gamma(1, 1e-7, 20)
    cluster = np.arange(20)
    found = dynamic_range_fraction(floor, ceiling, 0.0, cluster, weights(20))
    assert found.ratio == pytest.approx(1 - ceiling.mean() / floor.mean())
    larger = dynamic_range_fraction(1e9 * floor, 1e9 * ceiling, 0.0, cluster, weights(20))
    np.testing.assert_allclose(larger[:3], found[:3])
    mirrored = dynamic_range_fraction(-floor, -ceiling, 0.0, cluster, weights(20))
    np.testing.assert_allclose(mirrored[:3], found[:3])
    # the constant of the named variant is as large as these errors: it takes the range away
    assert abs(dynamic_range_median(floor, ceiling, 0.0)) < 0.5


@given(SEEDS)
def test_the_median_variant_is_that_of_scperteval(seed):
    rng = generator(seed)
    floor, ceiling = rng.normal(size=15), rng.normal(size=15)
    ratios = [
        max(-1.0, min(1.0, (a - b) / (a + 1e-6))) for a, b in zip(floor, ceiling, strict=True)
    ]
    assert dynamic_range_median(floor, ceiling, 0.0) == pytest.approx(np.median(ratios))


def test_a_perfect_ceiling_has_the_whole_range_and_the_floor_itself_none():
    floor = generator(1).gamma(2, 1, 12)
    cluster = np.arange(12)
    assert dynamic_range_fraction(floor, np.zeros(12), 0.0, cluster, weights(12)).ratio == 1.0
    assert dynamic_range_fraction(floor, floor, 0.0, cluster, weights(12)).ratio == 0.0
    assert dynamic_range_fraction(floor, 2 * floor, 0.0, cluster, weights(12)).ratio < 0
    assert np.isnan(dynamic_range_median([np.nan], [1.0], 0.0))


def test_a_missing_ceiling_is_counted_and_is_not_a_loss():
    floor, ceiling = np.zeros(10), np.ones(10)
    ceiling[:3], ceiling[3] = np.nan, 0.0
    found = bound_discrimination(floor, ceiling, True, np.arange(10), weights(10))
    assert found.n_undefined == 3
    assert float(found.share.mean) == pytest.approx(6 / 7)  # an equal score is no win
    against = bound_discrimination(floor, ceiling, False, np.arange(10), weights(10))
    assert float(against.share.mean) == 0.0


def test_ties_win_half_and_rounding_wins_nothing():
    scores, floor = np.array([1.0, 2.0, 3.0, 1e6]), np.array([2.0, 2.0, 2.0, 1e6 * (1 + 1e-15)])
    np.testing.assert_array_equal(wins(scores, floor, True), [0, 0.5, 1, 0.5])
    np.testing.assert_array_equal(wins(scores, floor, False), [1, 0.5, 0, 0.5])


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_a_share_without_any_exception_gets_the_exact_interval(outcome):
    found = share_interval(np.full(15, outcome), np.arange(15), weights(15))
    exact = binomtest(int(15 * outcome), 15).proportion_ci(0.95, method="exact")
    np.testing.assert_allclose([found.lower, found.upper], [exact.low, exact.high])
    clustered = share_interval(np.full(45, outcome), np.arange(45) % 15, weights(15))
    np.testing.assert_allclose(clustered[1:3], found[1:3])


def test_a_share_is_resampled_by_cluster():
    won = np.repeat([0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0], 10)
    together = share_interval(won, np.arange(80) // 10, weights(8))
    apart = share_interval(won, np.arange(80), weights(80))
    assert together.upper - together.lower > 2 * (apart.upper - apart.lower)


def test_the_standard_error_is_that_of_the_textbook_and_of_cluster_means():
    x = generator(2).normal(size=(30, 2))
    expected = x.std(axis=0, ddof=1) / np.sqrt(30)
    np.testing.assert_allclose(standard_error(x, np.arange(30)), expected)
    repeated = np.repeat(x, 4, axis=0)
    np.testing.assert_allclose(standard_error(repeated, np.arange(120) // 4), expected)
    assert np.isnan(standard_error([1.0, 2.0], [0, 0]))
    x[:5, 0] = np.nan
    known = x[5:, 0]
    np.testing.assert_allclose(standard_error(x, np.arange(30))[0], known.std(ddof=1) / np.sqrt(25))


@pytest.mark.parametrize("n", [8, 20, 100])
def test_the_smallest_difference_has_the_power_of_the_noncentral_t(n):
    x = generator(3).normal(size=n)
    x = (x - x.mean()) / x.std(ddof=1)
    shift = float(smallest_difference(x, np.arange(n)))
    limit = t.ppf(0.975, n - 1)
    power = nct.sf(limit, n - 1, shift * np.sqrt(n)) + nct.cdf(-limit, n - 1, shift * np.sqrt(n))
    assert power == pytest.approx(0.8, abs=0.03)


def test_what_it_promises_is_found_by_the_sign_flip_test():
    rng, n = generator(4), 30
    unit = rng.normal(size=n)
    unit = (unit - unit.mean()) / unit.std(ddof=1)
    x = rng.normal(size=(n, 400)) + float(smallest_difference(unit, np.arange(n)))
    found = (sign_flip_test(x, np.arange(n), 999, rng).p <= 0.05).mean()
    assert found == pytest.approx(0.8, abs=0.06)
