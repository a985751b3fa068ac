"""Small formulas of quality: pooled variance, Cliff's delta, Spearman and Brown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, ttest_ind

from foretell.stats.differential import welch
from foretell.stats.dominance import cliffs_delta
from foretell.stats.pooling import pooled_variance
from foretell.stats.reliability import spearman_brown


def test_the_statistic_with_a_pooled_variance_is_students() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 6), rng.normal(1, 3, 15)
    V = pooled_variance(a.var(ddof=1), 6, b.var(ddof=1), 15)
    found = welch(a.mean(), V, 6, b.mean(), V, 15)
    assert float(found.t) == pytest.approx(ttest_ind(a, b).statistic)


def test_five_cells_without_a_count_are_not_certain() -> None:
    rng = np.random.default_rng(1)
    X = np.log1p(rng.poisson(0.05, (2000, 300)))
    few = X[:5]
    rest = X[5:]
    m, V = rest.mean(axis=0), rest.var(axis=0, ddof=1)
    own = welch(few.mean(axis=0), few.var(axis=0, ddof=1), 5, m, V, len(rest))
    pooled = pooled_variance(few.var(axis=0, ddof=1), 5, V, len(rest))
    tested = welch(few.mean(axis=0), pooled, 5, m, pooled, len(rest))
    assert (own.p < 0.001).mean() > 0.5  # what the variance of five zeros would claim
    assert (tested.p < 0.001).mean() < 0.01


def test_cliffs_delta_is_the_u_statistic_of_mann_and_whitney() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 6, 30), rng.integers(1, 7, 40)
    U = mannwhitneyu(a, b).statistic
    assert cliffs_delta(a, b) == pytest.approx(2 * U / (30 * 40) - 1)
    with pytest.raises(ValueError, match="value"):
        cliffs_delta([], [1.0])


def test_the_projection_of_spearman_and_brown_is_what_more_data_give() -> None:
    rng = np.random.default_rng(3)
    signal = rng.normal(0, 1, 100_000)

    def measured(n: int) -> np.ndarray:
        return signal + rng.normal(0, 3 / np.sqrt(n), signal.size)

    r = {n: np.corrcoef(measured(n), measured(n))[0, 1] for n in (5, 20)}
    assert spearman_brown(r[5], 4.0) == pytest.approx(r[20], abs=0.01)
    assert spearman_brown(-0.2, 2.0) == -spearman_brown(0.2, 2.0)
