"""Sorted rows, against ranks of scipy and against breaking ties at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from foretell.stats.selection import select
from foretell.stats.sorted_rows import sort_rows

SEEDS = st.integers(0, 10_000)


def values_of(seed, n=4, g=30):
    """Values of all kinds, with ties, and which of them count."""
    rng = np.random.default_rng(seed)
    X = rng.choice([0.0, -0.0, 1.0, -1.0, 1e-300, -1e300, 3.5], size=(n, g))
    X = np.where(rng.random((n, g)) < 0.5, X, rng.normal(size=(n, g)) * 10.0 ** rng.integers(-9, 9))
    return X, rng.random((n, g)) < 0.8


@given(SEEDS)
def test_middle_ranks_are_those_of_scipy(seed):
    X, mask = values_of(seed)
    rows = sort_rows(X, mask)
    for i, keep in enumerate(mask):
        np.testing.assert_array_equal(rows.mid[i][keep], rankdata(-X[i][keep]))
        assert (rows.mid[i][~keep] == 0).all()
        assert sorted(rows.columns[i]) == list(range(X.shape[1]))
        np.testing.assert_array_equal(rows.columns[i][rows.place[i]], np.arange(X.shape[1]))
    np.testing.assert_array_equal(rows.counted, mask.sum(axis=1))


@given(SEEDS, st.integers(0, 35))
def test_the_weights_of_the_top_add_up_to_its_size_and_name_the_largest(seed, k):
    X, mask = values_of(seed)
    top = sort_rows(X, mask).top(k)
    np.testing.assert_allclose(top.size, np.minimum(k, mask.sum(axis=1)))
    for i, keep in enumerate(mask):
        chosen = top.column[top.row == i]
        left = np.setdiff1d(np.flatnonzero(keep), chosen)
        if len(chosen) and len(left):
            assert X[i, chosen].min() > X[i, left].max()


@given(SEEDS)
def test_the_area_is_that_of_scikit_learn(seed):
    X, mask = values_of(seed)
    labels = np.random.default_rng(seed).random(X.shape) < 0.4
    area = sort_rows(X, mask).auroc(select(labels & mask))
    for i, keep in enumerate(mask):
        here = labels[i][keep]
        expected = roc_auc_score(here, X[i][keep]) if 0 < here.sum() < len(here) else np.nan
        np.testing.assert_allclose(area[i], expected)


def test_a_share_of_the_top_is_what_breaking_ties_at_random_gives():
    rng = np.random.default_rng(0)
    X = np.array([[2.0, 1.0, 1.0, 1.0, 0.0, 0.0]])
    labels = np.array([[False, True, False, True, False, True]])
    exact = sort_rows(X).share_in_top(select(labels), 3)[0]
    broken = [
        labels[0][np.argsort(-(X[0] + rng.uniform(0, 0.1, 6)))[:3]].sum() / 3 for _ in range(4000)
    ]
    assert exact == pytest.approx(4 / 9)
    assert abs(np.mean(broken) - exact) < 4 * np.std(broken) / np.sqrt(4000)


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (2, 1)])
def test_empty_and_single_rows_are_sorted_too(shape):
    rows = sort_rows(np.zeros(shape))
    assert rows.mid.shape == shape
    assert (rows.top(3).size == min(3, shape[1])).all()


def test_counts_up_to_each_place_follow_the_order():
    rows = sort_rows([[1.0, 5.0, 3.0, 9.0]], [[True, True, True, False]])
    assert rows.found(select([[True, False, True, False]])).tolist() == [[0, 1, 2, 2]]
