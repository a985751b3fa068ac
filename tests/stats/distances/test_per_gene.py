"""Per-gene distances: against scipy, gene by gene, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, ttest_ind, wasserstein_distance

from foretell.stats.distances.per_gene import (
    gaussian_kl,
    ks,
    sorted_rows,
    t_distance,
    wasserstein,
)


def counts(seed, n, g=5):
    return np.random.default_rng(seed).poisson(1.5, (n, g)).astype(float)


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 30))
def test_distances_are_those_of_scipy(seed, n, m):
    X, Y = counts(seed, n), counts([seed, 1], m) * 1.1
    for found, slow in ((wasserstein, wasserstein_distance), (ks, _ks)):
        expected = [slow(X[:, j], Y[:, j]) for j in range(5)]
        np.testing.assert_allclose(found(X, Y), expected, atol=1e-12)
        np.testing.assert_allclose(
            found(sorted_rows(X), sorted_rows(Y), is_sorted=True), expected, atol=1e-12
        )


def _ks(x, y):
    return ks_2samp(x, y, method="asymp").statistic


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_squared_transport_of_samples_of_one_size_pairs_the_sorted(seed, n):
    X, Y = np.random.default_rng(seed).normal(size=(2, n, 3))
    expected = ((np.sort(X, axis=0) - np.sort(Y, axis=0)) ** 2).mean(axis=0)
    np.testing.assert_allclose(wasserstein(X, Y, power=2), expected, atol=1e-12)
    twice = wasserstein(np.repeat(X, 2, axis=0), np.repeat(Y, 3, axis=0), power=2)
    np.testing.assert_allclose(twice, expected, atol=1e-12)


def test_normal_populations_have_the_distances_of_the_closed_form():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, (20_000, 1)), rng.normal(1, 3, (20_000, 1))
    assert wasserstein(x, y, power=2)[0] == pytest.approx(1 + 4, rel=0.05)
    y = rng.normal(0.7, 1, (20_000, 1))
    from scipy.stats import norm

    assert ks(x, y)[0] == pytest.approx(2 * norm.cdf(0.35) - 1, abs=0.02)
    assert wasserstein(x, y)[0] == pytest.approx(0.7, abs=0.03)


def test_divergence_of_normal_distributions_is_the_integral():
    x = np.linspace(-40, 40, 400_001)
    from scipy.stats import norm

    for m, v, w, u in ((0.0, 1.0, 2.0, 4.0), (1.0, 0.5, 1.0, 0.5)):
        p, q = norm.logpdf(x, m, np.sqrt(v)), norm.logpdf(x, w, np.sqrt(u))
        expected = np.trapezoid((np.exp(p) - np.exp(q)) * (p - q), x)
        found = gaussian_kl(np.array(m), np.array(v), np.array(w), np.array(u))
        assert found == pytest.approx(expected, rel=1e-6)


def test_t_is_that_of_welch():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(9, 6)), rng.normal(0.5, 2, size=(30, 6))
    moments = [(s.mean(axis=0), s.var(axis=0, ddof=1), len(s)) for s in (x, y)]
    expected = np.abs(ttest_ind(x, y, equal_var=False).statistic)
    np.testing.assert_allclose(t_distance(*moments[0], *moments[1]), expected, rtol=1e-12)


def test_what_does_not_vary_is_defined():
    one, zero = np.array([1.0]), np.array([0.0])
    assert gaussian_kl(one, zero, one, zero) == 0
    assert gaussian_kl(one, zero, zero, zero) == np.inf
    assert gaussian_kl(one, zero, one, one) == np.inf
    assert gaussian_kl(one, zero, one, one, floor=1.0) == pytest.approx(0.25)
    assert t_distance(one, zero, 3, one, zero, 3) == 0
    assert t_distance(one, zero, 3, zero, zero, 3) == np.inf


def test_without_cells_or_with_nan_there_is_no_distance():
    X, Y = counts(0, 6), counts(1, 4)
    assert np.isnan(wasserstein(X[:0], Y)).all()
    assert np.isnan(ks(X, Y[:0])).all()
    X[2, 1] = np.nan
    for found in (wasserstein(X, Y), ks(X, Y)):
        assert list(np.isnan(found)) == [False, True, False, False, False]
    with pytest.raises(ValueError, match="not 1 or 2"):
        wasserstein(X, Y, power=3)
