"""Pairs: sums over blocks of pairs, against matrices of all distances."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from foretell.stats.distances.pairs import distance_matrix, group_blocks, pair_sums, row_sums

GAMMAS = (0.05, 2.0)
SLOW = {
    "euclidean": lambda D: D,
    "sqeuclidean": lambda D: D**2,
    "gaussian": lambda D: sum(np.exp(-gamma * D**2) for gamma in GAMMAS),
}


@given(
    st.integers(0, 10_000),
    st.integers(1, 300),
    st.integers(1, 70),
    st.integers(0, 20),
    st.sampled_from(list(SLOW)),
    st.sampled_from([(np.float64, 1e-11), (np.float32, 1e-5)]),
)
def test_sums_are_those_of_the_full_matrix(seed, n, m, d, kind, precision):
    rng, (dtype, rtol) = np.random.default_rng(seed), precision
    X, Y = rng.normal(3, 2, (n, d)).astype(dtype), rng.normal(3, 2, (m, d)).astype(dtype)
    F = SLOW[kind](cdist(X, Y)) if d else SLOW[kind](np.zeros((n, m)))
    a, b = np.sort(rng.integers(0, n + 1, 2))
    c, e = np.sort(rng.integers(0, m + 1, 2))
    found = pair_sums(X, Y, [[0, n, 0, m], [a, b, c, e], [0, 0, 0, m]], kind, GAMMAS)
    np.testing.assert_allclose(found, [F.sum(), F[a:b, c:e].sum(), 0.0], rtol=rtol, atol=1e-9)


def test_rows_and_matrices_are_those_of_scipy():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(90, 13)), rng.normal(size=(700, 13))
    np.testing.assert_allclose(distance_matrix(X, Y), cdist(X, Y), rtol=1e-12)
    np.testing.assert_allclose(distance_matrix(X, Y, squared=True), cdist(X, Y) ** 2, rtol=1e-12)
    np.testing.assert_allclose(row_sums(X, Y), cdist(X, Y).sum(axis=1), rtol=1e-12)


def test_the_exponential_is_right_over_its_whole_range():
    t = np.concatenate([[0.0], np.logspace(-12, np.log10(690), 400)])
    found = np.array([pair_sums(np.array([[np.sqrt(s)]]), np.zeros((1, 1)), [[0, 1, 0, 1]],
                                "gaussian", [1.0])[0] for s in t])  # fmt: skip
    np.testing.assert_allclose(found, np.exp(-t), rtol=2e-12)
    far = pair_sums(np.array([[1e3]]), np.zeros((1, 1)), [[0, 1, 0, 1]], "gaussian", [1.0])
    assert 0 <= far[0] < 1e-300


def test_far_from_the_origin_nothing_cancels():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(40, 6)), rng.normal(size=(30, 6))
    moved = pair_sums(X + 1e7, Y + 1e7, [[0, 40, 0, 30]])
    np.testing.assert_allclose(moved, cdist(X, Y).sum(), rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_point_and_its_copy_have_no_distance(dtype):
    X = (np.random.default_rng(2).normal(size=(50, 33)) * 1e4).astype(dtype)
    assert (np.diag(distance_matrix(X, X.copy())) == 0).all()
    np.testing.assert_array_equal(distance_matrix(X, X), distance_matrix(X, X).T)


def test_nan_stays_in_its_block():
    X = np.random.default_rng(3).normal(size=(8, 3))
    X[0, 1] = np.nan
    found = pair_sums(X, X, [[0, 4, 4, 8], [4, 8, 4, 8]])
    assert np.isnan(found[0])
    assert np.isfinite(found[1])
    kernel = pair_sums(X, X, [[0, 4, 4, 8]], "gaussian", [1.0])
    assert np.isnan(kernel[0])


def test_the_number_of_threads_changes_nothing():
    X = np.random.default_rng(4).normal(size=(3000, 10))
    blocks = [[0, 3000, 0, 1500], [10, 20, 0, 3000]]
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = pair_sums(X, X, blocks), row_sums(X, X)
        numba.set_num_threads(before)
        many = pair_sums(X, X, blocks), row_sums(X, X)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(one[0], many[0])
    np.testing.assert_array_equal(one[1], many[1])


def test_points_of_different_spaces_are_refused():
    with pytest.raises(ValueError, match="cannot be compared"):
        pair_sums(np.zeros((2, 3)), np.zeros((2, 4)), [[0, 2, 0, 2]])


def test_groups_keep_the_order_of_their_points():
    order, starts = group_blocks([2, -1, 0, 2, 0], 4)
    assert list(order) == [2, 4, 0, 3]
    assert list(starts) == [0, 2, 2, 4, 4]
