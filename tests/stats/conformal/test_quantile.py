"""Conformal quantiles against their definition, written as slowly as it reads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.stats.conformal.quantile import (
    conformal_quantile,
    effective_size,
    fewest_units,
    unit_weights,
    weighted_quantile,
)


def by_definition(scores, coverage, weights=None, own=1.0):
    """Try every score: the smallest that gathers enough weight, else infinity."""
    known = ~np.isnan(scores)
    s = scores[known]
    w = np.ones(len(s)) if weights is None else weights[known]
    for q in np.sort(s):
        if w[s <= q].sum() >= coverage * (w.sum() + own) - 1e-9:
            return q
    return np.inf


@given(
    st.integers(0, 10_000),
    st.integers(1, 60),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
    st.booleans(),
)
def test_quantiles_are_those_of_the_definition(seed, n, coverage, with_nan):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 20, size=(n, 4)).astype(float)  # ties
    if with_nan:
        scores[rng.random(scores.shape) < 0.3] = np.nan
    expected = [by_definition(column, coverage) for column in scores.T]
    np.testing.assert_array_equal(conformal_quantile(scores, coverage), expected)


@given(st.integers(0, 10_000), st.integers(1, 40), st.booleans())
def test_units_share_one_vote(seed, n, with_nan):
    rng = np.random.default_rng(seed)
    scores, units = rng.normal(size=(n, 3)), rng.integers(0, 15, size=n)
    if with_nan:
        scores[rng.random(scores.shape) < 0.3] = np.nan
    found = conformal_quantile(scores, 0.8, units)
    for column, q in zip(scores.T, found, strict=True):
        known = ~np.isnan(column)
        votes = np.array(
            [
                1.0 / np.sum(units[known] == u) if k else 0.0
                for u, k in zip(units, known, strict=True)
            ]
        )
        assert q == by_definition(column, 0.8, votes)


def test_units_of_one_row_each_are_no_units():
    scores = np.random.default_rng(0).normal(size=(57, 9))
    np.testing.assert_array_equal(
        conformal_quantile(scores, 0.9, np.arange(57)), conformal_quantile(scores, 0.9)
    )


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_a_quantile_is_infinite_below_the_fewest_units_and_finite_from_there(coverage):
    n = fewest_units(coverage)
    assert np.isinf(conformal_quantile(np.zeros(n - 1), coverage))
    assert np.isfinite(conformal_quantile(np.zeros(n), coverage))


def test_a_new_score_is_covered_as_promised_and_hardly_more_often():
    """Exact for exchangeable scores: the expected coverage is k / (n + 1)."""
    rng = np.random.default_rng(0)
    for n in (9, 20, 57):
        s = rng.exponential(size=(n + 1, 40_000))
        covered = float((s[n] <= conformal_quantile(s[:n], 0.9)).mean())
        assert covered == pytest.approx(np.ceil((n + 1) * 0.9 - 1e-9) / (n + 1), abs=0.007)


def test_units_with_many_rows_do_not_outvote_the_others():
    """Perturbations of small errors have twenty rows, those of large ones have one."""
    rng = np.random.default_rng(1)
    shared, single = [], []
    for _ in range(1500):
        own = rng.exponential(size=31)
        size = np.where(own < 1.0, 20, 1)
        units = np.repeat(np.arange(30), size[:30])
        s = own[units] + 0.01 * rng.random(len(units))
        new = own[30] + 0.01 * rng.random()
        shared.append(new <= conformal_quantile(s, 0.9, units))
        single.append(new <= conformal_quantile(s, 0.9))
    assert np.mean(shared) >= 0.88
    assert np.mean(single) < 0.8


@given(st.integers(0, 10_000), st.integers(1, 30))
def test_weighted_quantiles_are_those_of_the_definition(seed, n):
    rng = np.random.default_rng(seed)
    scores, weights = rng.normal(size=(n, 3)), rng.exponential(size=n)
    found = weighted_quantile(scores, weights, 0.7, own=0.4)
    expected = [by_definition(column, 0.7, weights, 0.4) for column in scores.T]
    np.testing.assert_allclose(found, expected)


def test_true_density_ratios_restore_coverage_under_a_shift():
    """Errors grow with x; calibration has x ~ N(0, 1), new rows x ~ N(1, 1)."""
    rng = np.random.default_rng(2)
    hits, plain = [], []
    for _ in range(600):
        x, new = rng.normal(size=150), rng.normal(1.0, 1.0)
        s = np.abs(rng.normal(size=150)) * np.exp(0.7 * x)
        own = np.abs(rng.normal()) * np.exp(0.7 * new)
        ratio, mine = np.exp(x - 0.5), float(np.exp(new - 0.5))
        hits.append(own <= weighted_quantile(s[:, None], ratio, 0.9, mine)[0])
        plain.append(own <= conformal_quantile(s, 0.9))
    assert np.mean(hits) >= 0.88
    assert np.mean(plain) < 0.85


def test_no_score_at_all_gives_no_bound():
    assert np.isinf(conformal_quantile(np.empty((0, 3)), 0.5)).all()
    assert np.isinf(conformal_quantile(np.full((30, 1), np.nan), 0.5)).all()


def test_effective_sizes_lie_between_one_and_the_number_of_weights():
    assert effective_size([5.0]) == 1.0
    assert effective_size(np.full(7, 0.3)) == pytest.approx(7.0)
    assert unit_weights([3, 1, 3]).tolist() == [0.5, 1.0, 0.5]


def test_a_coverage_outside_of_zero_and_one_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        conformal_quantile([1.0], 90)
