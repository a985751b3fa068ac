"""Bootstrap over clusters: as drawing conditions by hand, and plain where each stands alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.stats.comparison.clusters import (
    cluster_interval,
    cluster_ratio_interval,
    cluster_sums,
    cluster_weights,
    paired_replicates,
)
from foretell.stats.resampling import (
    bootstrap_interval,
    bootstrap_weights,
    expanded_level,
    interval_of_replicates,
    ratio_of_means_interval,
)

SEEDS = st.integers(0, 10_000)


def generator(seed=0):
    return np.random.default_rng(seed)


def draw(seed, n=30, k=9, m=4, holes=True):
    rng = generator(seed)
    values = rng.normal(size=(n, m))
    if holes:
        values[rng.random((n, m)) < 0.2] = np.nan
    return values, np.concatenate([np.arange(k), rng.integers(0, k, n - k)])


@given(SEEDS)
def test_a_replicate_is_the_mean_over_the_conditions_of_the_drawn_clusters(seed):
    values, cluster = draw(seed)
    weights = cluster_weights(9, 7, generator(seed))
    found = cluster_sums(values, cluster).replicates(weights)
    for replicate, counts in zip(found, np.round(weights * 9).astype(int), strict=True):
        rows = np.concatenate([np.flatnonzero(cluster == c) for c in np.repeat(range(9), counts)])
        np.testing.assert_allclose(replicate, np.nanmean(values[rows], axis=0), atol=1e-12)


@given(SEEDS)
def test_singletons_give_what_the_plain_bootstrap_gives_under_the_same_weights(seed):
    values, _ = draw(seed)
    n = len(values)
    order = generator(seed).permutation(n)
    weights = bootstrap_weights(n, 200, generator(1))
    plain = bootstrap_interval(values, 200, generator(), weights=weights)
    by_cluster = np.empty_like(weights)
    by_cluster[:, order] = weights  # condition i stands in cluster order[i]
    ours = cluster_interval(values, order, by_cluster, expand=False)
    for a, b in zip(ours, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    x, y = values[:, 0], values[:, 1] + 5
    kept = ~np.isnan(x + y)
    plain_ratio = ratio_of_means_interval(
        x[kept], y[kept], 200, generator(), weights=weights[:, kept] * n
    )
    ratio = cluster_ratio_interval(x[kept], y[kept], np.arange(kept.sum()), weights[:, kept] * n)
    assert ratio.ratio == pytest.approx(plain_ratio.ratio)


def test_singletons_give_the_same_ratio_to_the_last_digit():
    rng = generator(3)
    x, y = rng.normal(1, 1, 25), rng.normal(4, 1, 25)
    weights = bootstrap_weights(25, 500, generator(4))
    for expand in (False, True):
        a = cluster_ratio_interval(x, y, np.arange(25), weights, expand=expand)
        b = ratio_of_means_interval(x, y, 500, generator(), weights=weights, expand=expand)
        np.testing.assert_allclose(a[:3], b[:3], rtol=1e-12)
        np.testing.assert_allclose(a.denominator[:3], b.denominator[:3], rtol=1e-12)
        assert a.n == b.n == 25


def test_repeating_a_perturbation_in_more_contexts_is_no_new_evidence():
    x = generator().normal(size=12)
    weights = cluster_weights(12, 400, generator(1))
    once = cluster_interval(x, np.arange(12), weights)
    often = cluster_interval(np.tile(x, 6), np.tile(np.arange(12), 6), weights)
    for ours, theirs in zip(often[:3], once[:3], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    naive = cluster_interval(np.tile(x, 6), np.arange(72), cluster_weights(72, 400, generator(1)))
    assert naive.upper - naive.lower < 0.6 * (once.upper - once.lower)


def test_columns_without_values_and_draws_without_values_are_nan_or_left_out():
    x = np.full((6, 2), np.nan)
    x[5, 0] = 2.0
    found = cluster_interval(x, np.arange(6), cluster_weights(6, 300, generator()))
    assert (found.mean[0], found.lower[0], found.upper[0]) == (2.0, 2.0, 2.0)
    assert np.isnan([found.mean[1], found.lower[1], found.upper[1]]).all()
    np.testing.assert_array_equal(found.n, [1, 0])
    nothing = cluster_ratio_interval(
        x[:, 1], x[:, 1], np.arange(6), cluster_weights(6, 30, generator())
    )
    assert nothing.n == 0
    assert np.isnan(nothing.ratio)
    assert nothing.is_uninformative


def test_codes_have_to_fit():
    with pytest.raises(ValueError, match="codes"):
        cluster_sums([1.0, 2.0], [0])
    with pytest.raises(ValueError, match="codes"):
        cluster_sums([1.0, 2.0], [0, -1])


@pytest.mark.parametrize("holes", [False, True])
def test_differences_are_those_of_the_conditions_that_both_have(holes):
    values, cluster = draw(5, holes=holes)
    pairs = np.array([[0, 1], [2, 0], [3, 1]])
    weights = cluster_weights(9, 50, generator())
    found = paired_replicates(values, cluster, weights, pairs)
    for column, (a, b) in enumerate(pairs):
        alone = cluster_sums(values[:, a] - values[:, b], cluster).replicates(weights)
        np.testing.assert_allclose(found[:, column], alone, atol=1e-12)


@pytest.mark.parametrize("n", [8, 12, 25])
def test_expanded_intervals_of_few_conditions_cover_as_often_as_they_say(n):
    rng = generator(n)
    covered = {True: 0, False: 0}
    repeats = 1500
    weights = cluster_weights(n, 800, rng)
    x = rng.normal(size=(n, repeats))  # a column is a study; all share the draws
    for expand in covered:
        found = cluster_interval(x, np.arange(n), weights, expand=expand)
        covered[expand] = float(found.covers(0.0).mean())
    assert 0.93 <= covered[True] <= 0.97
    assert covered[False] < covered[True] - 0.005


def test_the_expanded_level_makes_the_interval_of_a_normal_mean_that_of_student():
    from scipy.stats import norm, t

    for n in (5, 20, 100):
        z = norm.ppf((1 + expanded_level(0.9, n)) / 2) * np.sqrt((n - 1) / n)
        assert z == pytest.approx(t.ppf(0.95, n - 1))
    assert expanded_level(0.95, 1) == 0.95
    assert expanded_level(0.95, 10**6) == pytest.approx(0.95, abs=1e-5)


@given(SEEDS)
def test_ends_of_replicates_with_holes_are_those_of_nanquantile(seed):
    rng = generator(seed)
    x = rng.normal(size=(101, 5))
    x[rng.random(x.shape) < 0.3] = np.nan
    x[:, 4] = np.nan
    lower, upper = interval_of_replicates(x, 0.9)
    expected = np.nanquantile(x[:, :4], [0.05, 0.95], axis=0)
    np.testing.assert_allclose([lower[:4], upper[:4]], expected, rtol=1e-12)
    assert np.isnan([lower[4], upper[4]]).all()
    wide = interval_of_replicates(x, 0.9, n=[3, 3, 50, 50, 50])
    assert (wide[0][:2] <= lower[:2]).all()


def test_tables_of_any_shape_are_columns():
    values, cluster = draw(8, m=6)
    weights = cluster_weights(9, 40, generator())
    flat = cluster_interval(values, cluster, weights)
    deep = cluster_interval(values.reshape(30, 2, 3), cluster, weights)
    for ours, theirs in zip(deep, flat, strict=True):
        np.testing.assert_array_equal(ours, np.reshape(theirs, (2, 3)))
