"""Moderated t: against root finding, hand calculation, scipy and planted variances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import digamma, polygamma
from scipy.stats import kstest, ttest_ind

from foretell.stats.moderated import moderated_t, trigamma_inverse, variance_prior


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    return x.mean(axis=0), x.var(axis=0, ddof=1), len(x)


def slow_prior(s2: np.ndarray, d: float) -> tuple[float, float]:
    """Smyth's equations, gene by gene and by bisection."""
    e = [np.log(v) - digamma(d / 2) + np.log(d / 2) for v in s2 if v > 0]
    centre = sum(e) / len(e)
    excess = sum((x - centre) ** 2 for x in e) / (len(e) - 1) - float(polygamma(1, d / 2))
    if excess <= 0:
        return float(np.exp(centre)), np.inf
    half = brentq(lambda y: float(polygamma(1, y)) - excess, 1e-6, 1e8, xtol=1e-13, rtol=1e-14)
    return float(np.exp(centre + digamma(half) - np.log(half))), 2 * half


@pytest.mark.parametrize("y", [1e-4, 0.01, 0.3, 1.0, 2.5, 40.0, 1e4, 1e6])
def test_the_inverse_undoes_trigamma(y: float) -> None:
    assert float(trigamma_inverse(polygamma(1, y))) == pytest.approx(y, rel=1e-9)


def test_the_inverse_has_its_limits() -> None:
    np.testing.assert_array_equal(trigamma_inverse([0.0, np.inf]), [np.inf, 0.0])
    assert np.isnan(trigamma_inverse([-1.0, np.nan])).all()


@pytest.mark.parametrize("d", [2.0, 7.0, 60.0])
def test_the_prior_solves_the_equations_of_smyth(d: float) -> None:
    rng = np.random.default_rng(int(d))
    s2 = rng.chisquare(d, (3, 400)) / d * 5.0 / rng.chisquare(6, (3, 400)) * 6
    s2[:, ::50] = 0.0
    found = variance_prior(s2, np.full(3, d))
    for k in range(3):
        s0, d0 = slow_prior(s2[k], d)
        assert found.s2[k] == pytest.approx(s0, rel=1e-9)
        assert found.df[k] == pytest.approx(d0, rel=1e-9)


def test_planted_variances_are_recovered() -> None:
    rng = np.random.default_rng(0)
    d, d0, s0 = 6, 8.0, 2.5
    sigma2 = d0 * s0 / rng.chisquare(d0, 50_000)
    found = variance_prior(sigma2 * rng.chisquare(d, 50_000) / d, [d])
    assert found.df[0] == pytest.approx(d0, rel=0.05)
    assert found.s2[0] == pytest.approx(s0, rel=0.02)


def test_variances_that_differ_by_chance_only_are_one() -> None:
    d = 10.0
    s2 = np.full(20, 3.0)  # less spread than chance gives
    found = variance_prior(s2, [d])
    assert np.isinf(found.df[0])
    assert found.s2[0] == pytest.approx(3.0 * np.exp(np.log(d / 2) - digamma(d / 2)))


def test_genes_without_spread_or_outside_of_the_mask_do_not_count() -> None:
    rng = np.random.default_rng(1)
    s2 = rng.chisquare(4, (1, 60)) * rng.lognormal(0, 1, 60)
    expected = variance_prior(s2[:, :40], [4])
    padded = s2.copy()
    padded[0, 40:50], padded[0, 50:] = 0.0, np.nan
    for found in (
        variance_prior(padded, [4]),
        variance_prior(s2, [4], np.arange(60)[None] < 40),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_without_any_spread_there_is_no_prior() -> None:
    found = variance_prior(np.zeros((1, 5)), [4])
    assert np.isnan(found.s2[0])
    assert found.df[0] == 0.0


def test_without_moderation_it_is_students_test() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(0.5, 2, (4, 30)), rng.normal(0, 2, (9, 30))
    ours, theirs = moderated_t(*moments(a), *moments(b), moderate=False), ttest_ind(a, b)
    np.testing.assert_allclose(ours.t[0], theirs.statistic, rtol=1e-12)
    np.testing.assert_allclose(ours.p[0], theirs.pvalue, rtol=1e-12)
    np.testing.assert_array_equal(ours.df, 11.0)


def test_a_case_worked_out_by_hand() -> None:
    # groups of 2 and 2, so d = 2; pooled variances 1 and 9: e = log s2 + Euler's gamma,
    # var e = (log 9)^2 / 2 = 2.4139, less trigamma(1) = pi^2 / 6 leaves 0.76900
    found = moderated_t([[3.0, 3.0]], [[1.0, 9.0]], [2], [0.0, 0.0], [1.0, 9.0], 2)
    excess = np.log(9) ** 2 / 2 - np.pi**2 / 6
    d0 = 2 * brentq(lambda y: float(polygamma(1, y)) - excess, 0.1, 10)
    s0 = 3 * np.exp(np.euler_gamma + digamma(d0 / 2) - np.log(d0 / 2))
    shrunk = (d0 * s0 + 2 * np.array([1.0, 9.0])) / (d0 + 2)
    assert d0 == pytest.approx(3.483, abs=0.001)  # trigamma(1.7414) = 0.769
    np.testing.assert_allclose(found.prior, [[s0], [d0]], rtol=1e-10)
    np.testing.assert_allclose(found.t[0], 3.0 / np.sqrt(shrunk), rtol=1e-10)
    np.testing.assert_allclose(found.df[0], min(d0 + 2, 4), rtol=1e-10)  # two genes have 4 in all


def test_moderation_keeps_the_level_of_few_samples_and_has_more_power() -> None:
    rng = np.random.default_rng(3)
    sigma = np.sqrt(4.0 / rng.chisquare(4, 4000))
    a, b = rng.normal(0, sigma, (3, 4000)), rng.normal(0, sigma, (3, 4000))
    null = moderated_t(*moments(a), *moments(b))
    assert kstest(null.p[0], "uniform").pvalue > 0.01
    a = a + 3.0 * sigma
    found = moderated_t(*moments(a), *moments(b)).p
    plain = moderated_t(*moments(a), *moments(b), moderate=False).p
    assert (found < 0.001).mean() > 1.5 * (plain < 0.001).mean()


def test_conditions_do_not_see_each_other() -> None:
    rng = np.random.default_rng(4)
    mean, var, n = rng.normal(size=(3, 50)), rng.chisquare(3, (3, 50)), np.array([3, 5, 9])
    control = (np.zeros(50), np.ones(50), 20)
    together = moderated_t(mean, var, n, *control)
    for k in range(3):
        alone = moderated_t(mean[k : k + 1], var[k : k + 1], n[k : k + 1], *control)
        np.testing.assert_array_equal(together.p[k], alone.p[0])


def test_what_cannot_be_tested_is_nan_or_no_evidence() -> None:
    found = moderated_t(
        [[1.0, 1.0], [1.0, np.nan]], [[0.0, 0.0], [1.0, 1.0]], [5, 5], [1.0, 2.0], [0.0, 0.0], 5
    )
    np.testing.assert_array_equal(found.t[0], [0.0, np.nan])
    np.testing.assert_array_equal(found.p[0], [1.0, 1.0])
    assert np.isnan(found.p[1, 1])
    assert not np.isnan(found.p[1, 0])
    few = moderated_t([[1.0]], [[np.nan]], [1], [0.0], [1.0], 5)
    assert np.isnan([few.t, few.p, few.df]).all()
