"""Shift test: against slow loops, closed forms and planted truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import kstest

from foretell.stats import shift_test as module
from foretell.stats.shift_test import permutation_p, shift_test, unbiased_distance2


def slow(x: np.ndarray, y: np.ndarray) -> float:
    """The U-statistic, pair by pair."""
    xx = [a @ b for a, b in itertools.permutations(x, 2)]
    yy = [a @ b for a, b in itertools.permutations(y, 2)]
    xy = [a @ b for a in x for b in y]
    return float(np.mean(xx) + np.mean(yy) - 2 * np.mean(xy))


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    return x.mean(axis=0), x.var(axis=0, ddof=1), len(x)


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_the_distance_is_the_u_statistic(offset: float) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(1, 2, (5, 3)), rng.normal(0, 1, (7, 3))
    found = unbiased_distance2(*moments(x + offset), *moments(y + offset))
    tested = shift_test(x + offset, y + offset, 9, rng).distance2
    assert float(found) == pytest.approx(slow(x, y), rel=1e-6)
    assert tested == pytest.approx(slow(x, y), rel=1e-6)


def test_the_distance_is_unbiased_and_the_plain_one_is_not() -> None:
    rng = np.random.default_rng(1)
    shift = np.array([0.5, 0.0, -0.5, 0.0])
    found, plain = [], []
    for _ in range(600):
        x, y = shift + rng.normal(0, 1, (6, 4)), rng.normal(0, 2, (9, 4))
        found.append(float(unbiased_distance2(*moments(x), *moments(y))))
        plain.append(float(((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()))
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - 0.5) < 4 * error
    assert np.mean(plain) - 0.5 > 10 * error
    assert min(found) < 0


def test_too_few_observations_have_no_distance() -> None:
    assert np.isnan(unbiased_distance2([1.0], [0.0], 1, [0.0], [1.0], 5))


def test_the_p_value_agrees_with_all_permutations() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(1.2, 1, (3, 2)), rng.normal(0, 1, (5, 2))
    pool, exact = np.vstack([x, y]), []
    for chosen in itertools.combinations(range(8), 3):
        rest = [i for i in range(8) if i not in chosen]
        exact.append(slow(pool[list(chosen)], pool[rest]))
    expected = np.mean(np.array(exact) >= slow(x, y) - 1e-9)
    found = shift_test(x, y, 20_000, rng).p
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / 20_000))


def test_the_larger_group_may_be_the_treated_one() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.4, 1, (30, 2)), rng.normal(0, 1, (6, 2))
    first = shift_test(x, y, 4000, np.random.default_rng(0))
    second = shift_test(y, x, 4000, np.random.default_rng(1))
    assert first.distance2 == pytest.approx(second.distance2)
    assert first.p == pytest.approx(second.p, abs=0.04)


@pytest.mark.parametrize(("n", "m"), [(1, 30), (2, 15), (20, 12), (8, 1100)])
def test_p_values_without_an_effect_are_uniform(n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    p = [
        shift_test(rng.gamma(1, 1, (n, 3)), rng.gamma(1, 1, (m, 3)), 99, rng).p
        for _ in range(40 if m > 1000 else 200)
    ]
    steps = np.round(np.array(p) * 100)
    # smeared over the step that the finite number of draws makes
    smeared = (steps - rng.random(len(steps))) / 100
    assert kstest(smeared, "uniform").pvalue > 0.01


def test_planted_effects_are_found() -> None:
    rng = np.random.default_rng(5)
    p = [
        shift_test(rng.normal(1.0, 1, (20, 5)), rng.normal(0, 1, (40, 5)), 199, rng).p
        for _ in range(20)
    ]
    assert max(p) < 0.05


def test_a_batch_is_no_effect_within_strata() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.integers(0, 4, 60) > 0, rng.integers(0, 4, 60) > 2  # treated are mostly in batch 1
    x = rng.normal(0, 1, (60, 3)) + 2.0 * a[:, None]
    y = rng.normal(0, 1, (60, 3)) + 2.0 * b[:, None]
    strata = (a.astype(int), b.astype(int))
    assert shift_test(x, y, 199, rng).p == 0.005
    assert shift_test(x, y, 199, rng, strata).p > 0.05


def test_a_stratum_without_controls_tests_nothing() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.normal(5, 1, (6, 2)), rng.normal(0, 1, (6, 2))
    assert shift_test(x, y, 99, rng, (np.zeros(6, int), np.ones(6, int))).p == 1.0


def test_a_single_observation_borrows_its_spread_from_the_controls() -> None:
    rng = np.random.default_rng(8)
    y = rng.normal(0, 1, (50, 4))
    x = np.full((1, 4), 3.0)
    found = shift_test(x, y, 999, rng)
    plain = ((x[0] - y.mean(axis=0)) ** 2).sum()
    expected = plain - y.var(axis=0, ddof=1).sum() * (1 + 1 / 50)
    assert found.distance2 == pytest.approx(expected)
    assert found.p == pytest.approx(1 / 51, abs=0.02)


def test_blocks_of_draws_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    x, y = rng.normal(0.3, 1, (10, 2)), rng.normal(0, 1, (20, 2))
    whole = shift_test(x, y, 500, np.random.default_rng(0))
    monkeypatch.setattr(module, "BLOCK_VALUES", 64)
    assert shift_test(x, y, 500, np.random.default_rng(0)) == whole


def test_values_without_any_spread_have_no_effect() -> None:
    assert shift_test(np.ones((4, 2)), np.ones((6, 2)), 99, np.random.default_rng(0)).p == 1.0


def test_a_p_value_counts_the_observed_order() -> None:
    assert permutation_p(2.0, np.zeros(99)) == 0.01
    assert permutation_p(0.0, np.zeros(99)) == 1.0


@pytest.mark.parametrize(("n", "m", "draws"), [(0, 5, 9), (3, 1, 9), (3, 5, 0)])
def test_what_cannot_be_tested_is_refused(n: int, m: int, draws: int) -> None:
    with pytest.raises(ValueError, match="cannot test"):
        shift_test(np.zeros((n, 2)), np.zeros((m, 2)), draws, np.random.default_rng(0))
