"""Classifier and neighbours: against scikit-learn, at chance, and at the ends of their scales."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from foretell.stats.distances.classifier import c2st, logistic_weights
from foretell.stats.distances.neighbours import knn_mixing


@pytest.mark.parametrize("shift", [0.0, 0.5, 8.0])
@pytest.mark.parametrize("penalty", [0.1, 1.0, 30.0])
def test_weights_are_those_of_scikit_learn(shift, penalty):
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(80, 6))
    is_one = np.arange(80) % 3 == 0
    Z[is_one] += shift
    ours = logistic_weights(Z, is_one, penalty)
    theirs = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=5000).fit(Z, is_one)
    np.testing.assert_allclose(ours[1:], theirs.coef_[0], atol=2e-4)
    np.testing.assert_allclose(ours[0], theirs.intercept_[0], atol=5e-4)


def test_the_area_is_that_of_scikit_learn_on_the_same_folds():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 5)), rng.normal(0.4, 1, size=(40, 5))
    found = c2st(x, y, np.random.default_rng(3))
    same = np.random.default_rng(3)
    Z = np.vstack([x[same.permutation(40)], y[same.permutation(40)]])
    label, fold = np.repeat([1, 0], 40), np.tile(np.arange(40) % 5, 2)
    areas = []
    for k in range(5):
        train, test = Z[fold != k], Z[fold == k]
        scale = train.mean(axis=0), train.std(axis=0)
        model = LogisticRegression(C=1.0, tol=1e-10, max_iter=5000)
        model.fit((train - scale[0]) / scale[1], label[fold != k])
        score = model.decision_function((test - scale[0]) / scale[1])
        areas.append(roc_auc_score(label[fold == k], score))
    assert found == pytest.approx(np.mean(areas), abs=1e-9)


def test_one_population_is_at_chance_on_average():
    rng = np.random.default_rng(2)
    areas = [c2st(rng.normal(size=(40, 5)), rng.normal(size=(60, 5)), rng) for _ in range(150)]
    assert abs(np.mean(areas) - 0.5) < 4 * np.std(areas) / np.sqrt(150)
    mixing = [knn_mixing(rng.normal(size=(30, 3)), rng.normal(size=(60, 3))) for _ in range(200)]
    assert abs(np.mean(mixing) - 1) < 4 * np.std(mixing) / np.sqrt(200)


def test_copies_are_betrayed_by_their_twins():
    x = np.random.default_rng(3).normal(size=(60, 10))
    assert c2st(x, x.copy(), np.random.default_rng(0)) < 0.5
    assert knn_mixing(x, x.copy(), k=1) == pytest.approx((2 * 60 - 1) / 60)


def test_neighbours_are_those_of_scikit_learn():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(20, 4)), rng.normal(0.5, 1, size=(50, 4))
    Z, is_y = np.vstack([x, y]), np.arange(70) >= 20
    near = NearestNeighbors(n_neighbors=8).fit(Z).kneighbors(return_distance=False)
    other = is_y[near] != is_y[:, None]
    expected = (other[:20].mean() * 69 / 50 + other[20:].mean() * 69 / 20) / 2
    assert knn_mixing(x, y, k=8) == pytest.approx(expected)


def test_cells_that_crowd_in_the_middle_mix_badly():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(100, 10))
    crowd = 0.01 * rng.normal(size=(100, 10))
    assert knn_mixing(x, crowd) < 0.7


def test_too_few_cells_and_nan_have_no_score():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(3, 2)), rng.normal(size=(9, 2))
    assert np.isnan(c2st(x, y, rng))
    assert np.isnan(knn_mixing(x[:1], y))
    y[0] = np.nan
    assert np.isnan(c2st(y, y, rng))
    assert np.isnan(knn_mixing(x, y))
    flat = np.column_stack([np.zeros(8), np.arange(8)])
    assert np.isfinite(c2st(flat, flat + [0, 100], rng))
