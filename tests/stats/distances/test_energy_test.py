"""Energy test: against all permutations, uniform under the null, and independent of company."""

from __future__ import annotations

from itertools import combinations

import numba
import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import kstest

from foretell.stats.distances import energy_test
from foretell.stats.distances.energy import edistances
from foretell.stats.distances.energy_test import energy_tests


def v_statistic(D, chosen):
    x = np.zeros(len(D), dtype=bool)
    x[list(chosen)] = True
    return 2 * D[x][:, ~x].mean() - D[x][:, x].mean() - D[~x][:, ~x].mean()


def share_of_all(X, n, allowed=lambda chosen: True):
    """p-value of the first n points by all labellings, the given one included."""
    D = cdist(X, X)
    labellings = [c for c in combinations(range(len(X)), n) if allowed(c)]
    values = np.array([v_statistic(D, chosen) for chosen in labellings])
    return np.mean(values >= v_statistic(D, range(n)) - 1e-12)


def test_many_draws_agree_with_all_permutations():
    rng = np.random.default_rng(0)
    for n in (1, 3, 5):
        X = rng.normal(size=(8, 2))
        X[:n] += 0.7
        codes = np.repeat([0, 1], [n, 8 - n])
        p = energy_tests(X, codes, 2, 1, 8_000, np.random.default_rng(1)).p[0]
        assert abs(p - share_of_all(X, n)) < 0.02


def test_one_stratum_for_all_is_none():
    rng = np.random.default_rng(12)
    X, codes = rng.normal(size=(60, 3)), np.arange(60) % 3
    plain = energy_tests(X, codes, 3, 2, 99, np.random.default_rng(0))
    one = energy_tests(X, codes, 3, 2, 99, np.random.default_rng(0), np.zeros(60, dtype=int))
    np.testing.assert_array_equal(plain.p, one.p)


def test_labels_are_permuted_within_strata():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(9, 2))
    strata = np.array([0, 0, 1, 1, 0, 0, 0, 1, 1])
    X[strata == 1] += 3.0
    p = energy_tests(X, np.repeat([0, 1], [4, 5]), 2, 1, 8_000, rng, strata).p[0]
    expected = share_of_all(X, 4, lambda chosen: strata[list(chosen)].sum() == 2)
    assert abs(p - expected) < 0.02


def test_a_batch_that_holds_more_of_one_group_is_no_effect_within_strata():
    rng = np.random.default_rng(3)
    batch = np.concatenate([np.arange(40) % 10 > 1, np.arange(60) % 10 > 6])
    X = rng.normal(size=(100, 4)) + 2.0 * batch[:, None]
    codes = np.repeat([0, 1], [40, 60])
    assert energy_tests(X, codes, 2, 1, 499, rng).p[0] < 0.01
    assert energy_tests(X, codes, 2, 1, 499, rng, batch).p[0] > 0.05


def test_p_values_are_uniform_under_the_null_for_groups_of_any_size():
    rng = np.random.default_rng(4)
    found = []
    for _ in range(30):
        sizes = rng.integers(2, 30, 10)
        codes = np.repeat(np.arange(11), [*sizes, 40])
        X = rng.normal(size=(len(codes), 3))
        found.append(energy_tests(X, codes, 11, 10, 199, rng).p[:10])
    p = np.concatenate(found)
    assert kstest(p, "uniform").pvalue > 0.01
    assert abs((p <= 0.05).mean() - 0.05) < 0.04


def test_looking_up_and_multiplying_count_the_same_draws(monkeypatch):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(60, 4))
    codes = np.repeat([0, 1, 2], [15, 25, 20])
    found = []
    for dense in (0.0, 1e9):
        monkeypatch.setattr(energy_test, "DENSE", dense)
        found.append(energy_tests(X, codes, 3, 2, 300, np.random.default_rng(6)))
    np.testing.assert_array_equal(found[0].p, found[1].p)


def test_neither_company_nor_order_nor_threads_change_a_p_value():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(400, 6))
    codes = np.concatenate([rng.integers(0, 6, 300), np.full(100, 6)])
    X[codes == 2] += 0.15
    whole = energy_tests(X, codes, 7, 6, 199, np.random.default_rng(8))
    renamed = np.array([3, 5, 0, 1, 2, 4, 6])
    again = energy_tests(X, renamed[codes], 7, 6, 199, np.random.default_rng(8))
    np.testing.assert_array_equal(again.p[renamed[:6]], whole.p[:6])
    few = np.isin(codes, [2, 4, 6])
    less = energy_tests(X[few], codes[few], 7, 6, 199, np.random.default_rng(8))
    np.testing.assert_array_equal(less.p[[2, 4]], whole.p[[2, 4]])
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = energy_tests(X, codes, 7, 6, 199, np.random.default_rng(8))
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(alone.p, whole.p)


def test_the_observed_statistics_are_the_e_distances():
    X = np.random.default_rng(9).normal(size=(50, 3))
    codes = np.arange(50) % 4
    found = energy_tests(X, codes, 4, 3, 9, np.random.default_rng(0))
    expected = edistances(X, codes, 4, 3)
    np.testing.assert_allclose(found.u, expected.u, atol=1e-12)
    np.testing.assert_allclose(found.v, expected.v, atol=1e-12)


def test_identical_points_tie_in_every_draw():
    X = np.ones((30, 4), dtype=np.float32) * 0.1
    found = energy_tests(X, np.arange(30) % 3, 3, 2, 50, np.random.default_rng(0))
    np.testing.assert_array_equal(found.p, [1.0, 1.0, np.nan])


def test_one_cell_cannot_be_rarer_than_one_in_all():
    X = np.random.default_rng(10).normal(size=(20, 3))
    X[0] += 100
    p = energy_tests(X, np.repeat([0, 1], [1, 19]), 2, 1, 2000, np.random.default_rng(0)).p[0]
    assert 0.02 < p < 0.09


def test_what_cannot_be_tested_is_nan():
    X = np.random.default_rng(11).normal(size=(10, 2))
    rng = np.random.default_rng(0)
    assert np.isnan(energy_tests(X, np.zeros(10, dtype=int), 3, 2, 9, rng).p).all()
    found = energy_tests(X, np.arange(10) % 2, 3, 1, 9, rng)
    assert np.isnan(found.p[1:]).all()
    X[0] = np.nan
    assert np.isnan(energy_tests(X, np.arange(10) % 2, 2, 1, 9, rng).p).all()
    with pytest.raises(ValueError, match="0 draws"):
        energy_tests(X, np.arange(10) % 2, 2, 1, 0, rng)
