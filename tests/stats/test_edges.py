"""Edges: ties at the limit, networks that say little, and ranks of several methods."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.stats.edges import (
    borda_points,
    early_precision,
    edge_jaccard,
    precision_recall_trapezoid,
    top_edges,
)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.integers(0, 12))
def test_the_top_are_the_k_largest_with_all_ties_and_never_a_zero(scores, k):
    s = np.array(scores, float)
    taken = top_edges(s, k)
    falling = sorted((x for x in scores if x > 0), reverse=True)
    if k == 0 or not falling:
        assert not taken.any()
        return
    limit = falling[min(k, len(falling)) - 1]
    np.testing.assert_array_equal(taken, s >= limit)


def test_fewer_edges_than_the_reference_are_judged_among_themselves():
    found = early_precision([True, True, True, False, False], [1.0, 0, 0, 0, 0])
    assert (found.precision, found.n_taken) == (1.0, 1)
    assert found.ratio == pytest.approx(5 / 3)


def test_saying_nothing_is_chance():
    found = early_precision([True, False, False, False], np.zeros(4))
    assert (found.precision, found.ratio, found.n_taken) == (0.25, 1.0, 4)


@pytest.mark.parametrize("labels", [[False, False], [True, True]])
def test_nothing_to_find_or_to_confuse_it_with_is_undefined(labels):
    assert np.isnan(early_precision(labels, [1.0, 0.5]).precision)


def test_the_trapezoid_without_positives_is_undefined():
    assert np.isnan(precision_recall_trapezoid([False, False], [1.0, 2.0]))
    assert precision_recall_trapezoid([True, False], [2.0, 1.0]) == 1.0


def test_two_empty_networks_have_no_overlap_to_speak_of():
    assert np.isnan(edge_jaccard([False], [False]))
    assert edge_jaccard([True, False], [False, True]) == 0.0


def test_points_of_networks_that_all_tie_are_zero():
    np.testing.assert_array_equal(borda_points(np.ones((3, 4))), np.zeros(4))


@given(st.integers(0, 1000))
def test_points_do_not_depend_on_units_or_on_the_order_of_networks(seed):
    S = np.random.default_rng(seed).random((3, 6)).round(1)
    points = borda_points(S)
    again = borda_points(S[::-1] * [[5.0], [0.1], [3.0]])
    np.testing.assert_allclose(points, again, atol=1e-12)
    assert points.min() == 0.0
    assert points.max() in (0.0, 1.0)
