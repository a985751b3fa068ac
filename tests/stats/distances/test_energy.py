"""E-distances: against the plain formula, in closed form, and without bias."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance

from foretell.stats.distances.energy import edistance, edistances, edistances_between


def slow(X, Y, power=1):
    """U and V by matrices of all distances."""
    A, B, C = (cdist(*pair) ** power for pair in ((X, X), (Y, Y), (X, Y)))
    n, m = len(X), len(Y)
    V = 2 * C.mean() - A.mean() - B.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        U = 2 * C.mean() - A.sum() / (n * (n - 1)) - B.sum() / (m * (m - 1))
    return (U if min(n, m) > 1 else np.nan), V


def drawn(seed, n_groups=4, d=3):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-1, n_groups, 40)
    codes[:2] = n_groups - 1
    return rng.normal(2, 1, (40, d)) + 0.5 * codes[:, None], codes


@given(st.integers(0, 10_000), st.booleans())
def test_all_groups_at_once_are_each_group_on_its_own(seed, squared):
    X, codes = drawn(seed)
    found = edistances(X, codes, 5, 3, squared=squared)
    for g in range(3):
        x, control = X[codes == g], X[codes == 3]
        expected = slow(x, control, 2 if squared else 1) if len(x) else (np.nan, np.nan)
        np.testing.assert_allclose([found.u[g], found.v[g]], expected, atol=1e-10)
        np.testing.assert_allclose(edistance(x, control, squared=squared), expected, atol=1e-10)
    assert found.v[3] == found.u[3] == 0
    assert np.isnan(found.u[4])
    assert np.isnan(found.v[4])
    assert list(found.n) == [int((codes == g).sum()) for g in range(5)]


@given(st.integers(0, 10_000))
def test_every_pair_of_groups_is_measured(seed):
    X, codes = drawn(seed)
    found = edistances_between(X, codes, 4)
    for i in range(4):
        expected = edistances(X, codes, 4, i)
        np.testing.assert_allclose(found.u[i], expected.u, atol=1e-10)
        np.testing.assert_allclose(found.v[i], expected.v, atol=1e-10)
        np.testing.assert_allclose(found.within, expected.within, atol=1e-10)


def test_in_one_dimension_v_is_the_square_of_scipy():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=30), rng.gamma(2, 1, size=50)
    v = edistance(x[:, None], y[:, None])[1]
    np.testing.assert_allclose(v, energy_distance(x, y) ** 2, rtol=1e-10)


def test_normal_populations_have_the_distance_of_the_closed_form():
    # E|z| of z ~ N(a, s^2) is s sqrt(2 / pi) exp(-a^2 / 2 s^2) + a erf(a / s sqrt 2)
    from scipy.special import erf

    rng = np.random.default_rng(1)
    a, n = 1.0, 20_000
    s = np.sqrt(2.0)
    cross = s * np.sqrt(2 / np.pi) * np.exp(-(a**2) / (2 * s**2)) + a * erf(a / (s * np.sqrt(2)))
    expected = 2 * cross - 2 * s * np.sqrt(2 / np.pi)
    u, _ = edistance(rng.normal(0, 1, (n // 4, 1)), rng.normal(a, 1, (n // 4, 1)))
    assert abs(u - expected) < 0.03


def test_u_is_unbiased_and_v_too_large_by_the_distance_within():
    rng = np.random.default_rng(2)
    found = [edistance(rng.normal(size=(10, 5)), rng.normal(size=(40, 5))) for _ in range(600)]
    u, v = np.mean(found, axis=0)
    error = np.std([pair[0] for pair in found]) / np.sqrt(600)
    within = cdist(*rng.normal(size=(2, 400, 5))).mean()
    assert abs(u) < 4 * error
    assert abs(v - within * (1 / 10 + 1 / 40)) < 4 * error
    assert min(pair[1] for pair in found) > 0 > min(pair[0] for pair in found)


def test_a_population_has_no_v_distance_from_itself():
    X = np.random.default_rng(3).normal(size=(60, 50))
    u, v = edistance(X, X.copy())
    assert v == pytest.approx(0.0, abs=1e-12)
    within = cdist(X, X).sum() / (60 * 59)
    assert u == pytest.approx(-2 * within / 60, rel=1e-9)


def test_squared_distances_see_means_only():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(200, 3))
    wide = (x - x.mean(axis=0)) * 5 + x.mean(axis=0)
    assert edistance(x, wide, squared=True)[1] == pytest.approx(0.0, abs=1e-10)
    assert edistance(x, wide)[0] > 1


def test_one_cell_has_a_v_and_no_u():
    X = np.random.default_rng(5).normal(size=(9, 2))
    found = edistances(X, [0, 1, 1, 1, 1, 2, 2, 2, 2], 3, 1)
    assert np.isnan(found.u[0])
    assert np.isfinite(found.v[0])
    alone = edistances(X, [0, 1, 1, 1, 1, 2, 2, 2, 2], 3, 0)
    assert np.isnan(alone.u[1:]).all()
    assert np.isfinite(alone.v).all()


def test_without_controls_or_with_nan_there_is_no_distance():
    X = np.random.default_rng(6).normal(size=(6, 2))
    assert np.isnan(edistances(X, [0, 0, 0, 1, 1, 1], 3, 2).v).all()
    X[0] = np.nan
    found = edistances(X, [0, 0, 1, 1, 2, 2], 3, 2)
    assert np.isnan(found.v[0])
    assert np.isfinite(found.v[1])
    squared = edistances(X, [0, 0, 1, 1, 2, 2], 3, 2, squared=True)
    assert np.isnan(squared.v[0])


def test_single_precision_is_good_to_six_digits():
    rng = np.random.default_rng(7)
    X = rng.normal(5, 2, (500, 50))
    codes = np.arange(500) % 5
    X[codes == 1] += 0.3
    double, single = edistances(X, codes, 5, 0), edistances(X.astype(np.float32), codes, 5, 0)
    np.testing.assert_allclose(single.u, double.u, atol=2e-6 * double.within[0])
