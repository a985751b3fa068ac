"""Inversion: an interval covers a value exactly where the sign-flip test does not reject it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from foretell.stats.comparison.inversion import flip_interval, flip_ratio_interval, flips_of
from foretell.stats.comparison.sign_flips import draw_signs, sign_flip_test

SEEDS = st.integers(0, 10_000)


def generator(seed=0):
    return np.random.default_rng(seed)


def draw(seed, n=14, k=9):
    rng = generator(seed)
    cluster = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    room = rng.normal(1.0, 0.3, n)
    return rng.normal(0.3, 0.5, n), room, cluster


def p_at(r, gain, room, cluster):
    """p-value of "the ratio is r" by listing every flip."""
    sums = np.array([(gain - r * room)[cluster == c].sum() for c in range(cluster.max() + 1)])
    signs = np.array(list(product([1, -1], repeat=len(sums))))
    return np.mean(np.abs(signs @ sums) >= abs(sums.sum()) * (1 - 1e-9) - 1e-12)


@given(SEEDS)
def test_the_interval_holds_exactly_the_ratios_that_the_test_does_not_reject(seed):
    gain, room, cluster = draw(seed)
    found = flip_ratio_interval(gain, room, cluster, flips_of(9, 0, generator()))
    inside = [found.lower + 1e-9, found.ratio, found.upper - 1e-9]
    assert all(p_at(r, gain, room, cluster) > 0.05 for r in inside)
    assert p_at(found.lower - 1e-6, gain, room, cluster) <= 0.05
    assert p_at(found.upper + 1e-6, gain, room, cluster) <= 0.05
    assert found.ratio == pytest.approx(gain.mean() / room.mean())


@given(SEEDS)
def test_an_interval_of_differences_covers_zero_where_the_test_sees_none(seed):
    x = generator(seed).normal(0.4, 1.0, (12, 5))
    p = sign_flip_test(x, np.arange(12), 0, generator()).p
    found = flip_interval(x, np.arange(12), flips_of(12, 0, generator()))
    np.testing.assert_array_equal(found.covers(0.0), p > 0.05)


def test_a_ratio_has_no_direction():
    gain, room, cluster = draw(1)
    signs = flips_of(9, 0, generator())
    up = flip_ratio_interval(gain, room, cluster, signs)
    down = flip_ratio_interval(-gain, -room, cluster, signs)
    np.testing.assert_allclose(up[:3], down[:3])


def test_many_conditions_give_the_interval_of_student():
    x = generator(2).normal(3.0, 2.0, 80)
    found = flip_interval(x, np.arange(80), draw_signs(80, 20_000, generator()))
    half = student.ppf(0.975, 79) * x.std(ddof=1) / np.sqrt(80)
    np.testing.assert_allclose(
        [found.lower, found.upper], [x.mean() - half, x.mean() + half], atol=0.02
    )


def test_a_denominator_around_zero_refutes_nothing():
    rng = generator(3)
    gain, room = rng.normal(0.2, 0.1, 30), rng.normal(0.0, 1.0, 30)
    signs = flips_of(30, 999, rng)
    doubtful = flip_ratio_interval(gain, room, np.arange(30), signs)
    assert (doubtful.lower, doubtful.upper) == (-np.inf, np.inf)
    assert doubtful.is_uninformative
    clear = flip_ratio_interval(gain, room + 5, np.arange(30), signs)
    assert np.isfinite([clear.lower, clear.upper]).all()
    assert not clear.is_uninformative


def test_five_clusters_are_too_few_for_an_interval_and_six_are_enough():
    x = generator(4).normal(size=6)
    for n, bounded in ((5, False), (6, True)):
        found = flip_interval(x[:n], np.arange(n), flips_of(n, 0, generator()))
        assert bool(np.isfinite(found.lower)) == bounded
        assert bool(np.isfinite(found.upper)) == bounded


def test_the_floor_itself_is_zero_and_the_ceiling_itself_is_one():
    _, room, cluster = draw(5)
    signs = flips_of(9, 0, generator())
    zero = flip_ratio_interval(np.zeros_like(room), room, cluster, signs)
    np.testing.assert_allclose(zero[:3], 0.0, atol=1e-12)
    one = flip_ratio_interval(room, room, cluster, signs)
    np.testing.assert_allclose(one[:3], 1.0)


def test_missing_values_are_left_out_of_both_and_nothing_is_nan():
    gain, room, cluster = draw(6)
    signs = flips_of(9, 0, generator())
    gain[9], room[10] = np.nan, np.nan
    kept = ~np.isnan(gain + room)
    holes = flip_ratio_interval(gain, room, cluster, signs)
    whole = flip_ratio_interval(gain[kept], room[kept], cluster[kept], signs)
    np.testing.assert_allclose(holes[:3], whole[:3])
    assert holes.n == 12
    nothing = flip_ratio_interval(np.full(14, np.nan), room, cluster, signs)
    assert nothing.n == 0
    assert np.isnan([nothing.ratio, nothing.lower, nothing.upper]).all()
    with pytest.raises(ValueError, match="level"):
        flip_interval(gain, cluster, signs, level=95)


@pytest.mark.parametrize("kind", ["normal", "mostly zero"])
def test_few_conditions_are_covered_as_often_as_promised(kind):
    """Differences of rank metrics are mostly zero, where percentile intervals cover too rarely."""
    rng, n, covered = generator(7), 16, []
    signs = flips_of(n, 499, rng)
    for _ in range(600):
        apart = rng.normal(size=n)
        if kind == "mostly zero":
            apart *= rng.random(n) < 0.3
        room = 4 + rng.normal(size=n)
        found = flip_ratio_interval(room + apart, room, np.arange(n), signs)
        covered.append(found.lower <= 1 <= found.upper)
    assert 0.925 <= np.mean(covered) <= (0.975 if kind == "normal" else 1.0)
