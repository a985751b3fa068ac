import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretell.stats import ridge
from foretell.stats.ridge import loo_ridge

PENALTIES = np.array([1e-3, 0.3, 10.0, 1e3])


def problem(n, d, g=7, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * np.exp(rng.normal(size=d)) + 3.0
    Y = X[:, :2] @ rng.normal(size=(2, g)) + rng.normal(size=(n, g)) + 50.0
    return X, Y, rng


def refit(X, Y, a, w, center):
    """Weighted ridge as least squares with d extra rows; returns a predictor."""
    x0 = w @ X / w.sum() if center else np.zeros(X.shape[1])
    y0 = w @ Y / w.sum() if center else np.zeros(Y.shape[1])
    root, d = np.sqrt(w)[:, None], X.shape[1]
    rows = np.vstack([root * (X - x0), np.sqrt(a) * np.eye(d)])
    targets = np.vstack([root * (Y - y0), np.zeros((d, Y.shape[1]))])
    B = np.linalg.lstsq(rows, targets, rcond=None)[0]
    return lambda new: (new - x0) @ B + y0


def brute_force(X, Y, penalties, w, center, keep=None):
    """Mean squared leave-one-out error per target by refitting n times."""
    keep = np.arange(len(X)) if keep is None else keep
    error = np.zeros((len(penalties), Y.shape[1]))
    for p, a in enumerate(penalties):
        for i in keep:
            rest = np.arange(len(X)) != i
            predict = refit(X[rest], Y[rest], a, w[rest], center)
            error[p] += w[i] * (Y[i] - predict(X[i])) ** 2
    return error / w[keep].sum()


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(("n", "d"), [(30, 4), (30, 14), (30, 20), (30, 29), (30, 30), (30, 80)])
def test_errors_equal_refitting_without_each_row(n, d, weighted, center):
    X, Y, rng = problem(n, d)
    w = rng.uniform(0.2, 3.0, size=n) if weighted else np.ones(n)
    expected = brute_force(X, Y, PENALTIES, w, center)
    given_weights = w if weighted else None
    shared = loo_ridge(X, Y, PENALTIES, center=center, weights=given_weights)
    single = loo_ridge(
        X,
        Y,
        PENALTIES,
        center=center,
        weights=given_weights,
        per_target=True,
        per_target_dtype=np.float64,
    )
    np.testing.assert_allclose(shared.loo_error, expected.mean(axis=1), rtol=1e-10)
    np.testing.assert_allclose(single.loo_error, expected, rtol=1e-10)
    assert shared.penalty == PENALTIES[expected.mean(axis=1).argmin()]
    np.testing.assert_array_equal(single.penalty, PENALTIES[expected.argmin(axis=0)])


def test_errors_per_target_in_single_precision_agree_to_single_precision():
    X, Y, _ = problem(40, 60)
    fast = loo_ridge(X, Y, PENALTIES, per_target=True)
    exact = loo_ridge(X, Y, PENALTIES, per_target=True, per_target_dtype=np.float64)
    np.testing.assert_allclose(fast.loo_error, exact.loo_error, rtol=1e-5)


def test_the_mean_over_targets_of_their_errors_is_the_shared_error():
    X, Y, _ = problem(40, 10)
    shared = loo_ridge(X, Y, PENALTIES).loo_error
    single = loo_ridge(X, Y, PENALTIES, per_target=True, per_target_dtype=np.float64).loo_error
    np.testing.assert_allclose(single.mean(axis=1), shared, rtol=1e-12)


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize(("n", "d"), [(30, 5), (30, 25), (30, 90)])
def test_predictions_equal_scikit_learn_at_a_fixed_penalty(n, d, center):
    from sklearn.linear_model import Ridge

    X, Y, rng = problem(n, d)
    w = rng.uniform(0.2, 3.0, size=n)
    theirs = Ridge(alpha=2.5, fit_intercept=center).fit(X, Y, sample_weight=w)
    ours = loo_ridge(X, Y, [2.5], center=center, weights=w)
    np.testing.assert_allclose(ours.coef, theirs.coef_.T, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.intercept, theirs.intercept_, rtol=1e-8, atol=1e-9)
    new = rng.normal(size=(6, d))
    np.testing.assert_allclose(ours.predict(new), theirs.predict(new), rtol=1e-8)


def test_each_target_is_fitted_at_its_own_penalty():
    X, Y, rng = problem(40, 30)
    Y[:, 0] = rng.normal(size=40)  # nothing to learn: the strongest shrinkage
    fit = loo_ridge(X, Y, PENALTIES, per_target=True)
    assert len(set(fit.penalty)) > 1
    for j, a in enumerate(fit.penalty):
        alone = loo_ridge(X, Y[:, [j]], [a])
        np.testing.assert_allclose(fit.coef[:, [j]], alone.coef, atol=1e-10)
        np.testing.assert_allclose(fit.intercept[[j]], alone.intercept, rtol=1e-10)


def test_the_order_of_the_penalties_does_not_matter():
    X, Y, _ = problem(20, 50)
    up, down = loo_ridge(X, Y, PENALTIES), loo_ridge(X, Y, PENALTIES[::-1])
    np.testing.assert_allclose(up.loo_error, down.loo_error[::-1], rtol=1e-13)
    assert up.penalty == down.penalty


def test_targets_read_in_blocks_or_in_single_precision_give_the_same_fit(monkeypatch):
    X, Y, _ = problem(30, 8, g=50)
    Y = Y.astype(np.float32)
    whole = loo_ridge(X, Y.astype(np.float64), PENALTIES)
    monkeypatch.setattr(ridge, "BLOCK_VALUES", 30 * 7)
    blocks = loo_ridge(X, Y, PENALTIES)
    np.testing.assert_allclose(blocks.loo_error, whole.loo_error, rtol=1e-12)
    np.testing.assert_allclose(blocks.coef, whole.coef, rtol=1e-10)


def test_the_large_form_agrees_with_the_small_form():
    X, Y, _ = problem(560, 400, g=3)
    penalties = np.array([10.0, 1e3]) * np.vdot(X, X) * 1e-9
    large = loo_ridge(X, Y, penalties)
    tiny = loo_ridge(X, Y, [*penalties, 1e-13])  # too small for squared singular values
    np.testing.assert_allclose(large.loo_error, tiny.loo_error[:2], rtol=1e-6)


def test_a_row_that_no_other_row_can_predict_is_skipped_and_counted():
    X, Y, _ = problem(20, 4)
    X = np.column_stack([X, np.zeros(20)])
    X[3, 4] = 1.0  # a feature of one row only
    fit = loo_ridge(X, Y, [0.0])
    others = np.delete(np.arange(20), 3)
    # without the row its feature is constant: the others are predicted as if both were absent
    expected = brute_force(X[others][:, :4], Y[others], [0.0], np.ones(19), True)
    np.testing.assert_allclose(fit.loo_error, [expected.mean()], rtol=1e-9)
    np.testing.assert_array_equal(fit.skipped, [1])


def test_a_penalty_that_loses_a_row_loses_to_one_that_does_not():
    X, Y, _ = problem(20, 4)
    X = np.column_stack([X, np.eye(20)[:, 3]])
    fit = loo_ridge(X, Y, [0.0, 1.0])
    np.testing.assert_array_equal(fit.skipped, [1, 0])
    assert fit.loo_error[0] == np.inf
    assert fit.penalty == 1.0
    expected = brute_force(X, Y, [1.0], np.ones(20), True)
    np.testing.assert_allclose(fit.loo_error[1], expected.mean(), rtol=1e-10)


def test_one_hot_rows_stay_exact_at_a_small_penalty():
    X = np.repeat(np.eye(6), [1, 1, 2, 3, 3, 4], axis=0)
    Y = np.random.default_rng(0).normal(size=(14, 3))
    fit = loo_ridge(X, Y, [1e-6])
    expected = brute_force(X, Y, [1e-6], np.ones(14), True)
    np.testing.assert_allclose(fit.loo_error, [expected.mean()], rtol=1e-8)


@pytest.mark.parametrize("per_target", [True, False])
def test_nothing_to_learn_from_gives_infinite_errors_and_the_mean(per_target):
    fit = loo_ridge([[1.0, 2.0]], [[5.0]], [0.1, 10.0], per_target=per_target)
    assert np.isinf(fit.loo_error).all()
    assert np.all(fit.penalty == 10.0)
    np.testing.assert_array_equal(fit.skipped, [1, 1])
    np.testing.assert_array_equal(fit.predict([[7.0, 7.0]]), [[5.0]])


@pytest.mark.parametrize("X", [np.ones((8, 3)), np.zeros((8, 20)), np.zeros((8, 0))])
def test_constant_features_leave_the_mean(X):
    Y = np.arange(8.0)[:, None]
    fit = loo_ridge(X, Y, [0.0, 1.0])
    np.testing.assert_allclose(fit.predict(X), 3.5)
    left_out_mean = (28 - Y[:, 0]) / 7
    np.testing.assert_allclose(fit.loo_error, np.mean((Y[:, 0] - left_out_mean) ** 2))


def test_duplicate_rows_count_like_a_weight_in_the_fit():
    X, Y, _ = problem(12, 3)
    twice = np.repeat(np.arange(12), np.where(np.arange(12) < 4, 2, 1))
    w = np.where(np.arange(12) < 4, 2.0, 1.0)
    np.testing.assert_allclose(
        loo_ridge(X[twice], Y[twice], [0.7]).coef, loo_ridge(X, Y, [0.7], weights=w).coef
    )


def test_a_row_of_weight_zero_changes_nothing():
    X, Y, _ = problem(12, 3)
    w = np.r_[np.zeros(2), np.ones(10)]
    some, all_ = loo_ridge(X, Y, PENALTIES, weights=w), loo_ridge(X[2:], Y[2:], PENALTIES)
    np.testing.assert_allclose(some.coef, all_.coef, rtol=1e-9)
    np.testing.assert_allclose(some.loo_error, all_.loo_error, rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_errors_are_never_nan(n, d, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(-1, 2, size=(n, d)).astype(float)
    fit = loo_ridge(X, rng.normal(size=(n, 2)), [0.0, 1e-9, 1.0])
    assert not np.isnan(fit.loo_error).any()
    assert np.isfinite(fit.coef).all()


@pytest.mark.parametrize(
    ("X", "Y", "penalties", "weights"),
    [
        (np.ones((3, 1)), np.ones((2, 1)), [1.0], None),
        (np.ones((3, 1)), np.ones((3, 1)), [-1.0], None),
        (np.ones((3, 1)), np.ones((3, 1)), [], None),
        (np.ones((3, 1)), np.ones((3, 1)), [1.0], [1.0, -1.0, 1.0]),
        (np.full((3, 1), np.nan), np.ones((3, 1)), [1.0], None),
        (np.ones((3, 1)), np.full((3, 1), np.nan), [1.0], None),
    ],
)
def test_input_that_does_not_fit_is_refused(X, Y, penalties, weights):
    with pytest.raises(ValueError, match=r"."):
        loo_ridge(X, Y, penalties, weights=weights)
