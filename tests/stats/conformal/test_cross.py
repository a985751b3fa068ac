"""Jackknife+ and CV+ bounds against their definition, and their coverage."""

import numpy as np
import pytest

from foretell.stats.conformal.cross import cross_bounds
from foretell.stats.conformal.quantile import conformal_quantile


def test_bounds_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    centre, spread = rng.normal(size=(5, 3, 4)), rng.uniform(0.5, 2.0, size=(5, 3, 1))
    scores, fold = np.abs(rng.normal(size=(23, 4))), rng.integers(0, 5, 23)
    lower, upper = cross_bounds(centre, scores, fold, 0.8, spread=spread)
    for i in range(3):
        for j in range(4):
            up = [
                centre[f, i, j] + s[j] * spread[f, i, 0] for f, s in zip(fold, scores, strict=True)
            ]
            low = [
                centre[f, i, j] - s[j] * spread[f, i, 0] for f, s in zip(fold, scores, strict=True)
            ]
            assert upper[i, j] == np.sort(up)[int(np.ceil(24 * 0.8)) - 1]
            assert lower[i, j] == np.sort(low)[int(np.floor(24 * 0.2)) - 1]


def test_one_model_for_all_folds_is_the_plain_band():
    rng = np.random.default_rng(1)
    centre, scores = rng.normal(size=(1, 2, 3)), np.abs(rng.normal(size=(30, 3)))
    lower, upper = cross_bounds(centre, scores, np.zeros(30, dtype=int), 0.9)
    half = conformal_quantile(scores, 0.9)
    np.testing.assert_allclose((lower, upper), (centre[0] - half, centre[0] + half))


def test_too_few_units_and_silent_models_make_endless_bounds():
    centre = np.zeros((2, 1, 1))
    lower, upper = cross_bounds(centre, np.ones((8, 1)), np.repeat([0, 1], 4), 0.9)
    assert (lower, upper) == (-np.inf, np.inf)
    centre[0] = np.nan  # half of the units have no answer, so that 0.9 of them cannot be reached
    lower, upper = cross_bounds(centre, np.ones((40, 1)), np.repeat([0, 1], 20), 0.9)
    assert (lower, upper) == (-np.inf, np.inf)


@pytest.mark.parametrize("folds", [5, 30])
def test_a_regression_on_noise_is_covered_though_it_overfits(folds):
    """Thirty rows, twenty features: residuals of the whole fit are far too small."""
    rng = np.random.default_rng(2)
    hits, naive = [], []
    for _ in range(300):
        X, y = rng.normal(size=(31, 20)), rng.normal(size=31)
        fold = rng.permutation(30) % folds
        fits = [
            np.linalg.lstsq(X[:30][fold != k], y[:30][fold != k], rcond=None)[0]
            for k in range(folds)
        ]
        centre = np.array([[[X[30] @ b]] for b in fits])
        scores = np.abs([[y[i] - X[i] @ fits[fold[i]]] for i in range(30)])
        lower, upper = cross_bounds(centre, scores, fold, 0.9)
        hits.append(lower[0, 0] <= y[30] <= upper[0, 0])
        whole = np.linalg.lstsq(X[:30], y[:30], rcond=None)[0]
        naive.append(
            abs(y[30] - X[30] @ whole) <= conformal_quantile(np.abs(y[:30] - X[:30] @ whole), 0.9)
        )
    assert np.mean(hits) >= 0.86
    assert np.mean(naive) < 0.6
