import numpy as np
import pytest

from foretell.stats import bilinear
from foretell.stats.bilinear import loo_bilinear

PENALTIES = np.array([1e-3, 0.1, 5.0, 200.0])


def problem(g=40, n=15, k=4, k2=5, seed=0):
    rng = np.random.default_rng(seed)
    A, B = rng.normal(size=(g, k)), rng.normal(size=(k2, n)) + 0.5
    Y = A @ rng.normal(size=(k, k2)) @ B + rng.normal(size=(g, n)) + rng.normal(size=(g, 1))
    return A, B, Y


def refit(A, B, Y, penalty, own_penalty):
    c = Y.mean(axis=1)
    left = np.linalg.solve(A.T @ A + penalty * np.eye(A.shape[1]), A.T @ (Y - c[:, None]))
    K = np.linalg.solve(B @ B.T + own_penalty * np.eye(len(B)), B @ left.T).T
    return K, c


def brute_force(A, B, Y, penalty, own_penalty):
    errors = []
    for i in range(B.shape[1]):
        rest = np.arange(B.shape[1]) != i
        K, c = refit(A, B[:, rest], Y[:, rest], penalty, own_penalty)
        errors.append(Y[:, i] - A @ K @ B[:, i] - c)
    return np.mean(np.square(errors))


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"k": 1, "k2": 1},
        {"k2": 15},  # as many features as conditions
        {"k2": 30},  # more
        {"g": 6, "k": 9},  # more gene features than genes
    ],
)
def test_errors_equal_refitting_without_each_condition(sizes):
    A, B, Y = problem(**sizes)
    fit = loo_bilinear(A, B, Y, PENALTIES)
    expected = [brute_force(A, B, Y, p, p) for p in PENALTIES]
    np.testing.assert_allclose(fit.loo_error, expected, rtol=1e-10)
    chosen = PENALTIES[np.argmin(expected)]
    assert fit.penalty == (chosen, chosen)


def test_with_two_conditions_every_penalty_predicts_the_other_one_and_the_largest_is_chosen():
    A, B, Y = problem(n=2)
    fit = loo_bilinear(A, B, Y, PENALTIES)
    np.testing.assert_allclose(fit.loo_error, np.mean((Y[:, 0] - Y[:, 1]) ** 2), rtol=1e-10)
    assert fit.penalty == (200.0, 200.0)


def test_every_pair_of_penalties_equals_refitting():
    A, B, Y = problem()
    own = np.array([0.01, 1.0, 30.0])
    fit = loo_bilinear(A, B, Y, PENALTIES, perturbation_penalties=own)
    expected = np.array([[brute_force(A, B, Y, p, q) for q in own] for p in PENALTIES])
    np.testing.assert_allclose(fit.loo_error, expected, rtol=1e-10)
    i, j = np.unravel_index(expected.argmin(), expected.shape)
    assert fit.penalty == (PENALTIES[i], own[j])
    K, c = refit(A, B, Y, *fit.penalty)
    np.testing.assert_allclose(fit.K, K, rtol=1e-9)
    np.testing.assert_allclose(fit.predict(B), A @ K @ B + c[:, None], rtol=1e-9)


def test_the_fit_is_the_published_formula():
    A, B, Y = problem()
    fit = loo_bilinear(A, B, Y, [0.1])
    K, c = refit(A, B, Y, 0.1, 0.1)
    np.testing.assert_allclose(fit.K, K, rtol=1e-9)
    np.testing.assert_allclose(fit.center, c)
    np.testing.assert_allclose(fit.predict(B[:, :2]), A @ K @ B[:, :2] + c[:, None], rtol=1e-9)


def test_the_pair_diagonal_is_the_shared_penalty():
    A, B, Y = problem()
    grid = loo_bilinear(A, B, Y, PENALTIES, perturbation_penalties=PENALTIES)
    np.testing.assert_allclose(
        grid.loo_error.diagonal(), loo_bilinear(A, B, Y, PENALTIES).loo_error, rtol=1e-12
    )


def test_a_lone_feature_of_one_condition_is_skipped_and_counted_without_a_penalty():
    A, B, Y = problem()
    B = np.vstack([B, np.eye(15)[4]])
    only = loo_bilinear(A, B, Y, [0.0])
    both = loo_bilinear(A, B, Y, [0.0, 1.0])
    np.testing.assert_array_equal(only.skipped, [1])
    assert np.isfinite(only.loo_error).all()
    np.testing.assert_array_equal(both.skipped, [1, 0])
    assert both.loo_error[0] == np.inf
    assert both.penalty == (1.0, 1.0)


def test_embeddings_of_zero_predict_the_mean():
    A, B, Y = problem()
    fit = loo_bilinear(A * 0, B * 0, Y, [0.0, 1.0])
    n = Y.shape[1]
    left_out = Y - (Y.sum(axis=1, keepdims=True) - Y) / (n - 1)
    np.testing.assert_allclose(fit.loo_error, np.mean(left_out**2), rtol=1e-12)
    np.testing.assert_allclose(fit.predict(B), np.repeat(fit.center[:, None], n, axis=1))
    assert fit.penalty == (1.0, 1.0)


def test_blocks_and_single_precision_give_the_same_fit(monkeypatch):
    A, B, Y = problem()
    Y = Y.astype(np.float32)
    whole = loo_bilinear(A, B, Y.astype(np.float64), PENALTIES)
    monkeypatch.setattr(bilinear, "BLOCK_VALUES", 100)
    blocks = loo_bilinear(A, B, Y, PENALTIES)
    np.testing.assert_allclose(blocks.loo_error, whole.loo_error, rtol=1e-12)
    np.testing.assert_allclose(blocks.K, whole.K, rtol=1e-9)


def test_the_order_of_conditions_does_not_matter():
    A, B, Y = problem()
    order = np.random.default_rng(1).permutation(15)
    a, b = loo_bilinear(A, B, Y, PENALTIES), loo_bilinear(A, B[:, order], Y[:, order], PENALTIES)
    np.testing.assert_allclose(a.loo_error, b.loo_error, rtol=1e-11)
    np.testing.assert_allclose(a.K, b.K, rtol=1e-8)


@pytest.mark.parametrize(
    ("change", "penalties"),
    [
        (lambda A, B, Y: (A, B, Y[:, 1:]), [1.0]),
        (lambda A, B, Y: (A, B[:, :1], Y[:, :1]), [1.0]),
        (lambda A, B, Y: (A, B, Y * np.nan), [1.0]),
        (lambda A, B, Y: (A, B, Y), [-1.0]),
        (lambda A, B, Y: (A, B, Y), []),
    ],
)
def test_input_that_does_not_fit_is_refused(change, penalties):
    with pytest.raises(ValueError, match=r"."):
        loo_bilinear(*change(*problem()), penalties)
