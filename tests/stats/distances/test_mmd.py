"""MMD: against kernel matrices, in closed form, and without bias."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import rbf_kernel

from foretell.stats.distances.mmd import GAMMAS, linear_mmd2, median_gamma, mmd2, mmd2s


def slow(X, Y, gammas):
    """U and V by kernel matrices."""
    A, B, C = (
        np.mean([rbf_kernel(x, y, gamma) for gamma in gammas], axis=0)
        for x, y in ((X, X), (Y, Y), (X, Y))
    )
    n, m = len(X), len(Y)
    V = A.mean() + B.mean() - 2 * C.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        U = (A.sum() - n) / (n * (n - 1)) + (B.sum() - m) / (m * (m - 1)) - 2 * C.mean()
    return (U if min(n, m) > 1 else np.nan), V


@given(st.integers(0, 10_000), st.sampled_from([(0.3,), GAMMAS]))
def test_all_groups_at_once_are_each_group_on_its_own(seed, gammas):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-1, 4, 40)
    codes[:2] = 3
    X = rng.normal(2, 1, (40, 3)) + 0.5 * codes[:, None]
    found = mmd2s(X, codes, 5, 3, gammas)
    for g in range(3):
        x, control = X[codes == g], X[codes == 3]
        expected = slow(x, control, gammas) if len(x) else (np.nan, np.nan)
        np.testing.assert_allclose([found.u[g], found.v[g]], expected, atol=1e-11)
        np.testing.assert_allclose(mmd2(x, control, gammas), expected, atol=1e-11)
    assert found.u[3] == found.v[3] == 0
    assert np.isnan(found.v[4])


def test_normal_populations_have_the_distance_of_the_closed_form():
    # E k(x, y) of x ~ N(a, 1), y ~ N(b, 1) is (1 + 4 g)^(-d/2) exp(-g |a - b|^2 / (1 + 4 g))
    rng = np.random.default_rng(0)
    gamma, d, a = 0.3, 3, 0.8
    c = 1 + 4 * gamma
    expected = 2 * c ** (-d / 2) * (1 - np.exp(-gamma * d * a**2 / c))
    u, _ = mmd2(rng.normal(0, 1, (4000, d)), rng.normal(a, 1, (4000, d)), [gamma])
    assert abs(u - expected) < 0.02


def test_u_is_unbiased_and_v_is_not():
    rng = np.random.default_rng(1)
    found = [mmd2(rng.normal(size=(8, 4)), rng.normal(size=(30, 4)), [0.2]) for _ in range(500)]
    u, v = np.mean(found, axis=0)
    error = np.std([pair[0] for pair in found]) / np.sqrt(500)
    assert abs(u) < 4 * error
    assert v > 0.05


def test_a_kernel_that_is_too_narrow_sees_the_number_of_cells_only():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(20, 50)) * 5, rng.normal(9, 1, size=(40, 50)) * 5
    u, v = mmd2(x, y, [1.0])
    assert u == pytest.approx(0.0, abs=1e-12)
    assert v == pytest.approx(1 / 20 + 1 / 40, abs=1e-12)


def test_the_width_is_the_median_distance_and_a_sample_of_points_will_do():
    rng = np.random.default_rng(3)
    few = rng.normal(size=(60, 4))
    from scipy.spatial.distance import pdist

    expected = 1 / (2 * np.median(pdist(few)) ** 2)
    assert median_gamma(few, rng) == pytest.approx(expected, rel=1e-12)
    many = rng.normal(size=(4000, 4))
    first, again = (median_gamma(many, np.random.default_rng(4)) for _ in range(2))
    assert first == again
    assert first == pytest.approx(expected, rel=0.1)
    assert np.isnan(median_gamma(few[:1], rng))
    assert np.isnan(median_gamma(np.ones((9, 2)), rng))


def test_the_linear_kernel_is_the_distance_of_the_means():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(7, 3)), rng.normal(1, 2, size=(9, 3))
    u, v = linear_mmd2(x, y)
    K = {"xx": x @ x.T, "yy": y @ y.T, "xy": x @ y.T}
    assert v == pytest.approx(K["xx"].mean() + K["yy"].mean() - 2 * K["xy"].mean())
    off = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (K["xx"], K["yy"])]
    assert u == pytest.approx(sum(off) - 2 * K["xy"].mean())
    assert np.isnan(linear_mmd2(x[:0], y)).all()
    u, v = linear_mmd2(x[:1], y)
    assert np.isnan(u)
    assert np.isfinite(v)


def test_one_cell_none_and_nan():
    X = np.random.default_rng(6).normal(size=(8, 2))
    X[7] = np.nan
    found = mmd2s(X, [0, 1, 1, 1, 1, 3, 3, 3], 4, 1, 0.5)
    assert np.isnan(found.u[0])
    assert np.isfinite(found.v[0])
    assert np.isnan(found.v[2:]).all()
    assert np.isnan(mmd2s(X[:5], [0, 0, 1, 1, 1], 2, 1, np.nan).u[0])
