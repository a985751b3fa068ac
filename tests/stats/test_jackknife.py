"""Jackknife: values whose mean is the statistic and whose spread is its uncertainty."""

from __future__ import annotations

import numpy as np

from foretell.stats.jackknife import jackknife_values


def correlation(x, y):
    return lambda at: float(np.corrcoef(x[at], y[at])[0, 1])


def test_values_of_a_mean_are_the_units():
    x = np.random.default_rng(0).normal(size=9)
    np.testing.assert_allclose(jackknife_values(lambda at: float(x[at].mean()), 9), x)


def test_the_mean_of_the_values_is_the_statistic():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 30))
    values = jackknife_values(correlation(x, y), 30)
    np.testing.assert_allclose(values.mean(), np.corrcoef(x, y)[0, 1], rtol=1e-12)


def test_their_spread_is_the_standard_error_of_a_correlation():
    rng = np.random.default_rng(2)
    found, claimed = [], []
    for _ in range(300):
        x = rng.normal(size=60)
        y = x + rng.normal(size=60)
        values = jackknife_values(correlation(x, y), 60)
        found.append(values.mean())
        claimed.append(values.std(ddof=1) / np.sqrt(60))
    assert 0.85 < np.mean(claimed) / np.std(found) < 1.15


def test_nothing_is_defined_for_one_unit_or_where_a_unit_cannot_be_spared():
    assert np.isnan(jackknife_values(lambda at: 1.0, 1)).all()
    assert jackknife_values(lambda at: 1.0, 0).shape == (0,)
    x = np.array([0.0, 0.0, 1.0])
    y = np.array([0.0, 1.0, 2.0])
    with np.errstate(invalid="ignore", divide="ignore"):
        assert np.isnan(jackknife_values(correlation(x, y), 3)).all()


def test_units_are_given_in_their_order():
    seen = []
    jackknife_values(lambda at: seen.append(list(at)) or 0.0, 3)
    assert seen == [[0, 1, 2], [1, 2], [0, 2], [0, 1]]
