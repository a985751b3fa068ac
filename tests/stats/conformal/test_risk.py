"""Thresholds and p-values that bound false discoveries in new perturbations."""

import numpy as np
import pytest

from foretell.stats.conformal.pvalues import conformal_pvalues
from foretell.stats.conformal.risk import call_threshold, worst_fdp


def screens(rng, n, g=60):
    """Genes that differ score higher; errors move together within a perturbation."""
    true = rng.random((n, g)) < rng.uniform(0.05, 0.5, size=(n, 1))
    shared = rng.normal(size=(n, 1)) * rng.choice([-1.0, 1.0], size=g)
    return np.abs(2.0 * true + 0.7 * shared + rng.normal(size=(n, g))), true


def fdp(scores, true, threshold):
    calls = scores > threshold
    return (calls & ~true).sum(axis=1) / np.maximum(calls.sum(axis=1), 1)


def test_the_worst_proportion_is_that_of_all_higher_thresholds():
    rng = np.random.default_rng(0)
    scores, true = rng.integers(0, 12, 40).astype(float), rng.random(40) < 0.4
    scores[::7] = np.nan
    at, worst = worst_fdp(scores, true)
    known = np.unique(scores[~np.isnan(scores)])[::-1]
    np.testing.assert_array_equal(at, known)
    shares = [np.mean(~true[scores >= t]) for t in known]
    np.testing.assert_allclose(worst, np.maximum.accumulate(shares))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_expected_proportion_in_a_new_perturbation_stays_below_the_level(seed):
    rng = np.random.default_rng(seed)
    found, calls = [], []
    for _ in range(60):
        scores, true = screens(rng, 100)
        t = call_threshold(scores[:60], true[:60], 0.2)
        found.append(fdp(scores[60:], true[60:], t).mean())
        calls.append((scores[60:] > t).mean())
    assert np.mean(found) <= 0.2 + 0.01
    assert np.mean(calls) > 0.02  # and something is called


def test_the_tail_is_kept_in_the_share_of_perturbations_that_is_promised():
    rng = np.random.default_rng(3)
    kept, calls = [], []
    for _ in range(60):
        scores, true = screens(rng, 100)
        t = call_threshold(scores[:60], true[:60], 0.3, control="tail", confidence=0.9)
        kept.append((fdp(scores[60:], true[60:], t) <= 0.3).mean())
        calls.append((scores[60:] > t).mean())
    assert np.mean(kept) >= 0.9 - 0.01
    assert np.mean(calls) > 0.005


def test_a_ranking_that_knows_nothing_may_call_nothing():
    rng = np.random.default_rng(4)
    true = rng.random((80, 50)) < 0.1
    assert call_threshold(rng.random((80, 50)), true, 0.1) >= 0.99


def test_too_few_perturbations_may_call_nothing():
    scores = np.tile([3.0, 1.0], (8, 1))
    assert np.isinf(call_threshold(scores, scores > 2, 0.1))
    assert np.isfinite(call_threshold(np.tile(scores, (2, 1)), np.tile(scores > 2, (2, 1)), 0.1))


def test_rows_of_one_unit_share_its_vote():
    rng = np.random.default_rng(5)
    scores, true = screens(rng, 30)
    again = np.repeat(scores, 4, axis=0), np.repeat(true, 4, axis=0)
    units = np.repeat(np.arange(30), 4)
    for control in ("mean", "tail"):
        one = call_threshold(scores, true, 0.3, control=control, confidence=0.8)
        many = call_threshold(*again, 0.3, control=control, confidence=0.8, units=units)
        assert one == many


def test_p_values_are_those_of_the_definition():
    rng = np.random.default_rng(6)
    nulls, units = rng.normal(size=50).round(1), rng.integers(0, 9, 50)
    asked = rng.normal(size=(3, 4)).round(1)
    w = np.array([1.0 / np.sum(units == u) for u in units])
    expected = [[(1 + w[nulls >= s].sum()) / (1 + w.sum()) for s in row] for row in asked]
    np.testing.assert_allclose(conformal_pvalues(nulls, asked, units), expected)
    plain = [[(1 + np.sum(nulls >= s)) / 51 for s in row] for row in asked]
    np.testing.assert_allclose(conformal_pvalues(nulls, asked), plain)


def test_p_values_of_nulls_are_not_too_small():
    rng = np.random.default_rng(7)
    p = np.array(
        [conformal_pvalues(rng.normal(size=39), rng.normal(size=1))[0] for _ in range(4000)]
    )
    for t in (0.025, 0.1, 0.5):
        assert np.mean(p <= t) <= t + 3 * np.sqrt(t * (1 - t) / 4000)


def test_without_nulls_nothing_is_unusual():
    assert conformal_pvalues([], [5.0, np.nan]).tolist()[0] == 1.0
