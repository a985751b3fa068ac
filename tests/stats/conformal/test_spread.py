"""Spread of errors: planted lines come back, and sampling noise is taken out."""

import numpy as np
import pytest

from foretell.stats.conformal.spread import fit_spread, noise_ratio


def test_a_planted_line_comes_back_from_noisy_errors():
    rng = np.random.default_rng(0)
    strength = rng.lognormal(size=4000)
    error = np.sqrt((0.5 + 2.0 * strength**2) * rng.chisquare(10, 4000) / 10)
    assert fit_spread(strength, error) == pytest.approx((0.5, 2.0), rel=0.1)


def test_errors_that_do_not_grow_have_no_slope_and_the_mean_square():
    strength = np.arange(1.0, 5.0)
    assert fit_spread(strength, np.array([2.0, 2.0, 2.0, 1.0])) == pytest.approx((3.25, 0.0))


def test_errors_that_are_all_strength_keep_a_positive_floor():
    a, b = fit_spread(np.arange(1.0, 9.0), 3.0 * np.arange(1.0, 9.0))
    assert a > 0
    assert b == pytest.approx(9.0, rel=0.02)


def test_nothing_to_learn_from_is_a_constant():
    assert fit_spread([], []) == (1.0, 0.0)
    assert fit_spread([np.nan, 1.0], [1.0, np.nan]) == (1.0, 0.0)


def test_the_ratio_of_planted_noise_comes_back():
    """True errors of variance 4, noise of variance 5: two thirds of the quantile remain."""
    rng = np.random.default_rng(1)
    error = rng.normal(0.0, 3.0, size=(20_000, 2))
    found = noise_ratio(error, np.full(error.shape, 5.0))
    np.testing.assert_allclose(found, 2 / 3, rtol=0.03)


def test_the_ratio_leans_to_the_wide_side_while_rows_are_few():
    rng = np.random.default_rng(2)
    found = [
        noise_ratio(rng.normal(0.0, 3.0, size=(30, 1)), np.full((30, 1), 5.0))[0]
        for _ in range(500)
    ]
    assert np.mean(found) > 2 / 3


def test_noise_without_any_error_and_error_without_any_noise():
    assert noise_ratio(np.zeros((5, 1)), np.zeros((5, 1))).tolist() == [1.0]
    assert noise_ratio(np.ones((5, 1)), np.zeros((5, 1))).tolist() == [1.0]
    assert noise_ratio(np.ones((5, 1)), np.full((5, 1), 9.0)).tolist() == [0.0]
    assert noise_ratio(np.full((5, 1), np.nan), np.ones((5, 1))).tolist() == [1.0]
