"""Selections, against loops over rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, rankdata

from foretell.stats.selection import Selection, select


@given(st.integers(0, 10_000))
def test_what_is_computed_over_a_selection_is_computed_row_by_row(seed):
    rng = np.random.default_rng(seed)
    labels = rng.random((5, 12)) < rng.uniform(0, 0.8)
    X, Y = np.round(rng.normal(size=(2, 5, 12)), 1)
    chosen = select(labels)
    x, y = chosen.of(X), chosen.of(Y)
    ranks, tied = chosen.ranks(x), chosen.ranks_tied(x)
    for i, keep in enumerate(labels):
        here = chosen.row == i
        assert chosen.size[i] == keep.sum()
        expected = X[i][keep].mean() if keep.any() else np.nan
        np.testing.assert_allclose(chosen.mean(x)[i], expected)
        np.testing.assert_array_equal(ranks[here], rankdata(X[i][keep]))
        np.testing.assert_array_equal(tied[here], [(X[i][keep] == v).sum() for v in X[i][keep]])
        spread = np.ptp(X[i][keep]) if keep.any() else 0.0
        assert np.isclose(chosen.spread(x)[i], spread)
        if keep.sum() > 2 and spread > 0 and np.ptp(Y[i][keep]) > 0:
            r = pearsonr(X[i][keep], Y[i][keep]).statistic
            assert np.isclose(chosen.correlation(x, y)[i], r)


def test_weights_count():
    chosen = Selection(np.array([0, 0]), np.array([1, 2]), np.array([1.0, 0.5]), 2)
    np.testing.assert_allclose(chosen.mean(np.array([0.0, 3.0])), [1.0, np.nan])
    np.testing.assert_allclose(chosen.total(np.array([1.0, 1.0])), [1.5, 0.0])


def test_a_constant_has_no_correlation():
    chosen = select(np.ones((1, 4), dtype=bool))
    assert np.isnan(chosen.correlation(np.ones(4), np.arange(4.0))).all()
