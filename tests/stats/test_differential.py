import numpy as np
import pytest
from scipy.stats import ttest_ind

from foretell.stats.differential import welch


def moments(x):
    return x.mean(axis=0), x.var(axis=0, ddof=1), len(x)


@pytest.mark.parametrize(("n_a", "n_b"), [(2, 2), (5, 40), (300, 7)])
def test_welch_equals_scipy(n_a, n_b):
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.3, 2, size=(n_a, 50)), rng.normal(size=(n_b, 50))
    ours, theirs = welch(*moments(a), *moments(b)), ttest_ind(a, b, equal_var=False)
    np.testing.assert_allclose(ours.t, theirs.statistic, rtol=1e-12)
    np.testing.assert_allclose(ours.p, theirs.pvalue, rtol=1e-12)
    np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Precision loss:RuntimeWarning")  # theirs, not ours
def test_one_constant_group_can_still_be_tested():
    b = np.array([[0.0], [1.0], [3.0]])
    ours = welch(2.0, 0.0, 5, *moments(b))
    theirs = ttest_ind(np.full((5, 1), 2.0), b, equal_var=False)
    np.testing.assert_allclose(ours.p, theirs.pvalue, rtol=1e-12)


def test_groups_broadcast_against_one_reference():
    mean, var, n = np.arange(6.0).reshape(2, 3), np.ones((2, 3)), np.array([[4], [9]])
    result = welch(mean, var, n, np.zeros(3), np.ones(3), 20)
    assert result.p.shape == (2, 3)
    alone = welch(5.0, 1.0, 9, 0.0, 1.0, 20)
    assert result.p[1, 2] == alone.p
    assert alone.t.shape == ()


def test_without_any_spread_no_difference_is_significant():
    result = welch([1.0, 1.0, 0.0], 0.0, 5, [1.0, 2.0, 0.0], 0.0, 5)
    np.testing.assert_array_equal(result.t, [0.0, np.nan, 0.0])
    np.testing.assert_array_equal(result.p, [1.0, 1.0, 1.0])
    assert np.isnan(result.df).all()


def test_spread_that_is_only_rounding_counts_as_none():
    result = welch(0.1, 1e-34, 5, 0.3, 1e-34, 5)
    assert np.isnan(result.t)
    assert result.p == 1.0


def test_fewer_than_two_observations_give_nan():
    for result in (welch(1.0, 1.0, 1, 0.0, 1.0, 5), welch(1.0, np.nan, 0, 0.0, 1.0, 5)):
        assert np.isnan([result.t, result.p, result.df]).all()


def test_swapping_the_groups_turns_the_sign_only():
    ab, ba = welch(1.0, 2.0, 5, 0.0, 1.0, 9), welch(0.0, 1.0, 9, 1.0, 2.0, 5)
    assert ab.t == -ba.t
    assert ab.p == ba.p
