"""Sliced and smoothed transport: closed forms, linear programming, and what cannot go wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from foretell.stats.distances.sinkhorn import self_cost, sinkhorn_divergence, transport_cost
from foretell.stats.distances.sliced import directions, sliced_wasserstein


def test_a_pure_shift_is_seen_by_its_length():
    rng = np.random.default_rng(0)
    x, shift = rng.normal(size=(50, 8)), rng.normal(size=8)
    W = directions(8, 4000, rng)
    expected = np.linalg.norm(shift) / np.sqrt(8)
    assert sliced_wasserstein(x, x + shift, W) == pytest.approx(expected, rel=0.05)
    assert sliced_wasserstein(x, x, W) == 0
    np.testing.assert_allclose(np.linalg.norm(W, axis=0), 1.0)


def test_normal_populations_have_the_sliced_distance_of_the_closed_form():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20_000, 3)), 2 * rng.normal(size=(20_000, 3))
    W = directions(3, 20, rng)
    assert sliced_wasserstein(x, y, W) == pytest.approx(1.0, rel=0.03)


def log_domain(C, epsilon, steps=5000):
    """OT cost of one problem by plain steps in the log domain."""
    n, m = C.shape
    g = np.zeros(m)
    for _ in range(steps):
        before = g
        f = -epsilon * (logsumexp((g - C) / epsilon, axis=1) - np.log(m))
        g = -epsilon * (logsumexp((f[:, None] - C) / epsilon, axis=0) - np.log(n))
        if np.abs(g - before).max() < 1e-12 * epsilon:
            break
    return f.mean() + g.mean()


@pytest.mark.parametrize("relative", [0.02, 0.3, 3.0])
def test_the_cost_is_that_of_plain_steps_in_the_log_domain(relative):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(12, 3)), rng.normal(0.5, 1.5, size=(17, 3))
    C, S = cdist(x, y, "sqeuclidean"), cdist(x, x, "sqeuclidean")
    epsilon = relative * np.median(C)
    cost, converged = transport_cost(C, epsilon, 1e-9, 20_000)
    assert converged
    assert cost == pytest.approx(log_domain(C, epsilon), rel=1e-7)
    own, converged = self_cost(S, epsilon, 1e-9)
    assert converged
    assert own == pytest.approx(log_domain(S, epsilon), rel=1e-7, abs=1e-9)


def test_with_little_smoothing_it_is_exact_transport():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(15, 2)), rng.normal(1, 1, size=(15, 2))
    C = cdist(x, y, "sqeuclidean")
    rows, columns = linear_sum_assignment(C)
    found = sinkhorn_divergence(x, y, epsilon=2e-3, max_steps=50_000)
    assert found.divergence == pytest.approx(C[rows, columns].mean(), rel=0.01)
    assert found.converged


def test_groups_of_unequal_size_are_transported_in_parts():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(4, 2)), rng.normal(2, 1, size=(6, 2))
    C = cdist(x, y, "sqeuclidean")
    A = np.vstack([np.kron(np.eye(4), np.ones(6)), np.kron(np.ones(4), np.eye(6))])
    b = np.concatenate([np.full(4, 1 / 4), np.full(6, 1 / 6)])
    expected = linprog(C.ravel(), A_eq=A, b_eq=b).fun
    found = sinkhorn_divergence(x, y, epsilon=2e-3, max_steps=50_000)
    assert found.divergence == pytest.approx(expected, rel=0.01)


def test_with_much_smoothing_it_is_the_distance_of_the_means():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(30, 3)), rng.normal(1, 2, size=(40, 3))
    found = sinkhorn_divergence(x, y, epsilon=1e5)
    expected = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
    assert found.divergence == pytest.approx(expected, rel=1e-3)


def test_a_shift_costs_its_square_whatever_the_smoothing():
    rng = np.random.default_rng(6)
    x, shift = rng.normal(size=(40, 5)), np.array([1.0, -2.0, 0.5, 0.0, 3.0])
    for relative in (0.05, 0.5, 5.0):
        found = sinkhorn_divergence(x, x + shift, relative_epsilon=relative, tolerance=1e-7)
        assert found.divergence == pytest.approx((shift**2).sum(), rel=1e-3)


def test_a_population_has_no_divergence_from_itself_in_any_order():
    x = np.random.default_rng(7).normal(size=(40, 5))
    assert sinkhorn_divergence(x, x.copy()).divergence == 0
    assert sinkhorn_divergence(x, x[::-1], tolerance=1e-8).divergence == pytest.approx(0, abs=1e-5)


def test_a_tiny_epsilon_neither_overflows_nor_claims_to_have_converged():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(20, 3)), rng.normal(50, 1, size=(25, 3))
    found = sinkhorn_divergence(x, y, epsilon=1e-3, max_steps=40)
    assert np.isfinite(found.divergence)
    assert not found.converged


def test_single_cells_copies_none_and_nan():
    x = np.random.default_rng(9).normal(size=(5, 3))
    one = sinkhorn_divergence(x[:1], x[1:2])
    assert one.divergence == pytest.approx(((x[0] - x[1]) ** 2).sum())
    same = sinkhorn_divergence(np.ones((4, 2)), np.ones((6, 2)))
    assert same.divergence == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(sinkhorn_divergence(x[:0], x).divergence)
    bad = np.where(np.arange(5)[:, None] == 2, np.nan, x)
    assert np.isnan(sinkhorn_divergence(bad, x).divergence)
    assert not sinkhorn_divergence(bad, x).converged
    W = directions(3, 5, np.random.default_rng(0))
    assert np.isnan(sliced_wasserstein(x[:0], x, W))
    assert np.isnan(sliced_wasserstein(bad, x, W))
