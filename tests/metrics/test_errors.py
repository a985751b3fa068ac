"""Errors, against loops over the genes that count."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from foretell.core.registry import find

METRICS = find("metrics")
SEEDS = st.integers(0, 10_000)


@given(SEEDS)
def test_errors_are_means_over_the_genes_that_count(draw, seed):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        error = (answer.mean - truth.mean)[i][keep]
        shift = (answer.shift - truth.shift)[i][keep]
        expected = {
            "mse": (error**2).mean(),
            "rmse": np.sqrt((error**2).mean()),
            "mae": np.abs(error).mean(),
            "mse_delta": (shift**2).mean(),
            "rmse_delta": np.sqrt((shift**2).mean()),
            "mae_delta": np.abs(shift).mean(),
            "sse_delta": (shift**2).sum(),
        }
        for name, value in expected.items():
            assert np.isclose(METRICS[name](truth, answer)[i], value)


@given(SEEDS)
def test_top_errors_are_over_the_genes_that_moved_most(draw, seed):
    truth, answer = draw(seed)
    for k in (20, 50):
        for i, keep in enumerate(truth.mask):
            order = np.argsort(-np.abs(truth.shift[i][keep]))[:k]
            error = (answer.mean - truth.mean)[i][keep][order]
            assert np.isclose(METRICS[f"mse_top{k}"](truth, answer)[i], (error**2).mean())


@given(SEEDS)
def test_errors_over_differential_genes_take_those_that_a_test_calls(draw, seed):
    truth, answer = draw(seed)
    for i, called in enumerate(truth.tests.called):
        error = (answer.mean - truth.mean)[i][called]
        expected = (error**2).mean() if called.any() else np.nan
        np.testing.assert_allclose(METRICS["mse_degs"](truth, answer)[i], expected)


@given(SEEDS, st.sampled_from([1, 2, 4]))
def test_weighted_errors_are_those_of_the_formula(draw, seed, power):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        t = np.abs(truth.tests.statistic[i][keep])
        w = ((t - t.min()) / (t.max() - t.min())) ** power
        error = (answer.mean - truth.mean)[i][keep]
        found = METRICS[f"wmse_e{power}"](truth, answer)[i]
        assert np.isclose(found, np.average(error**2, weights=w))


@given(SEEDS)
def test_explained_variance_is_that_of_scikit_learn(draw, seed):
    truth, answer = draw(seed)
    for i, keep in enumerate(truth.mask):
        a, b = truth.shift[i][keep], answer.shift[i][keep]
        t = np.abs(truth.tests.statistic[i][keep])
        w = ((t - t.min()) / (t.max() - t.min())) ** 2
        assert np.isclose(METRICS["r2_delta"](truth, answer)[i], r2_score(a, b))
        weighted = METRICS["r2_delta_weighted"](truth, answer)[i]
        assert np.isclose(weighted, r2_score(a, b, sample_weight=w))


def test_genes_that_tie_for_the_last_place_share_its_weight(draw):
    truth, answer = draw(0, ties=True, masked=0.0)
    size = np.abs(np.round(truth.shift, 6))  # equal but for the rounding of the control
    for i, error in enumerate((answer.mean - truth.mean) ** 2):
        bar = np.sort(size[i])[::-1][19]
        above, tied = size[i] > bar, size[i] == bar
        expected = (error[above].sum() + (20 - above.sum()) * error[tied].mean()) / 20
        assert np.isclose(METRICS["mse_top20"](truth, answer)[i], expected)
