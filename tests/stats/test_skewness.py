"""Skewed p-values: against the binomial distribution, and on cells without any effect."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import binom

from foretell.stats.moderated import moderated_t
from foretell.stats.skewness import skewed_p


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    return x.mean(axis=0), x.var(axis=0, ddof=1), len(x)


@pytest.mark.parametrize("share", [0.002, 0.01, 0.05])
@pytest.mark.parametrize("n", [3, 5, 20, 100])
def test_genes_that_are_on_or_off_are_near_the_binomial_tail(share: float, n: int) -> None:
    c = 10_000
    for k in range(1, n + 1):
        exact = 2 * binom.sf(k - 1, n, share)
        m, v = (k + c * share) / (n + c), share * (1 - share)
        t = (k / n - share) / np.sqrt(v * (1 / n + 1 / c))
        plain = float(2 * ndtr(-t))
        found = float(skewed_p(t, plain, m, v, n, c))
        if 1e-6 < exact < 0.05 and plain < 0.1:
            assert found > exact / 8  # where the t test is up to a thousand times too small
            assert found >= plain


def test_where_there_is_no_skewness_nothing_changes() -> None:
    t, p = np.array([3.0, -3.0]), np.array([0.003, 0.003])
    np.testing.assert_array_equal(skewed_p(t, p, 0.01, 0.0099, 50, 50), p)  # it cancels
    np.testing.assert_allclose(skewed_p(t, p, 5.0, 1.0, 1000, 9000), p, rtol=0.15)


def test_large_p_values_nan_and_means_that_are_not_positive_stay() -> None:
    p = np.array([0.5, np.nan, 0.01, 0.01])
    found = skewed_p([4.0, np.nan, 4.0, 4.0], p, [0.01, 0.01, 0.0, -1.0], 0.0099, 5, 2000)
    np.testing.assert_array_equal(found, p)


def test_swapping_treated_and_control_turns_the_sign_only() -> None:
    one = skewed_p(4.0, 1e-4, 0.02, 0.02, 5, 800)
    other = skewed_p(-4.0, 1e-4, 0.02, 0.02, 800, 5)
    assert float(one) == float(other) > 1e-3


def test_cells_without_an_effect_are_no_longer_found() -> None:
    rng = np.random.default_rng(0)
    rate = rng.lognormal(-3.0, 1.5, 2000)

    def draw(n: int) -> np.ndarray:
        return np.log1p(rng.poisson(rng.gamma(1.0, 1.0, (n, 2000)) * rate))

    y, plain, corrected = draw(800), [], []
    for _ in range(15):
        x = draw(5)
        found = moderated_t(*moments(x), *moments(y))
        V = (4 * x.var(axis=0, ddof=1) + 799 * y.var(axis=0, ddof=1)) / 803
        m = (x.sum(axis=0) + y.sum(axis=0)) / 805
        p = skewed_p(found.t, found.p, m, V, 5, 800)
        plain.append((found.p < 1e-4).mean())
        corrected.append((p < 1e-4).mean())
    assert np.mean(plain) > 20e-4
    assert np.mean(corrected) < 1.5e-4
