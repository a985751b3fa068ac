"""Gene tests: what their names say, and how many genes they find where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from foretell.core.errors import UnknownName
from foretell.stats.gene_tests import MOMENT_TESTS, gene_tests
from foretell.stats.moderated import moderated_t
from foretell.stats.multiplicity import benjamini_hochberg


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    return x.mean(axis=0), x.var(axis=0, ddof=1), len(x)


def compared(x: np.ndarray, y: np.ndarray, **settings: object) -> object:
    mean, variance, n = moments(x)
    every = np.ones((1, x.shape[1]), bool)
    control = moments(y)
    return gene_tests(mean[None], variance[None], np.array([n]), *control, every, **settings)


def sparse_cells(rng: np.random.Generator, n: int, rate: np.ndarray) -> np.ndarray:
    return np.log1p(rng.poisson(rng.gamma(1.0, 1.0, (n, len(rate))) * rate))


def test_five_cells_without_effect_differ_by_welch_and_not_by_the_others() -> None:
    rng = np.random.default_rng(0)
    rate = rng.lognormal(-2.0, 1.5, 2000)
    y = sparse_cells(rng, 1000, rate)
    false = {name: [] for name in MOMENT_TESTS}
    for _ in range(20):
        x = sparse_cells(rng, 5, rate)
        for name, counts in false.items():
            counts.append(int(compared(x, y, test=name).called.sum()))
    assert np.mean(false["welch"]) > 200  # a false discovery rate of 1, each time
    for name in ("moderated", "pooled"):
        assert np.mean(np.array(false[name]) > 0) <= 0.15  # 0.05, as far as 20 draws can tell


def test_planted_effects_are_found_at_the_rate_that_is_claimed() -> None:
    rng = np.random.default_rng(1)
    rate = rng.lognormal(-0.5, 1.2, 2000)
    y, changed, share, found = sparse_cells(rng, 1000, rate), np.arange(2000) < 100, [], []
    for _ in range(8):
        x = sparse_cells(rng, 80, np.where(changed, 3.0 * rate, rate))
        called = compared(x, y).called[0]
        share.append((called & ~changed).sum() / max(called.sum(), 1))
        found.append(called[changed].mean())
    assert np.mean(share) < 0.08
    assert np.mean(found) > 0.6


def test_welch_is_scipys() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(0.5, 1, (6, 20)), rng.normal(0, 3, (30, 20))
    found = compared(x, y, test="welch")
    theirs = ttest_ind(x, y, equal_var=False)
    np.testing.assert_allclose(found.p[0], theirs.pvalue, rtol=1e-12)
    np.testing.assert_allclose(found.statistic[0], theirs.statistic, rtol=1e-12)
    np.testing.assert_allclose(found.q[0], benjamini_hochberg(theirs.pvalue), rtol=1e-12)


def test_values_that_may_be_negative_are_not_corrected_for_skewness() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.5, 1, (6, 20)), rng.normal(0, 1, (30, 20))
    found = compared(x, y)
    np.testing.assert_array_equal(found.p, moderated_t(*moments(x), *moments(y)).p)
    assert found.name == "moderated t"
    assert compared(np.abs(x), np.abs(y)).name == "moderated t, skewness corrected"
    assert compared(np.abs(x), np.abs(y), skewed=False).name == "moderated t"


@pytest.mark.parametrize("test", list(MOMENT_TESTS))
def test_masked_genes_change_nothing(test: str) -> None:
    rng = np.random.default_rng(4)
    mean, variance = rng.random((2, 30)) + 1, rng.random((2, 30))
    control = (rng.random(30) + 1, rng.random(30), 12)
    mask = np.arange(30) < 20
    both = np.stack([mask, mask])
    found = gene_tests(mean, variance, np.array([4, 9]), *control, both, test=test)
    wild = mean.copy(), variance.copy()
    wild[0][:, 20:], wild[1][:, 20:] = 7.0, 1e-9
    again = gene_tests(*wild, np.array([4, 9]), *control, both, test=test)
    np.testing.assert_array_equal(found.q[:, :20], again.q[:, :20])
    assert np.isnan(found.q[:, 20:]).all()


@pytest.mark.parametrize("test", list(MOMENT_TESTS))
def test_single_observations_are_not_tested(test: str) -> None:
    one = np.array([1])
    found = gene_tests(
        np.ones((1, 3)), np.full((1, 3), np.nan), one, np.zeros(3), np.ones(3), 9,
        np.ones((1, 3), bool), test=test,
    )  # fmt: skip
    assert np.isnan(found.q).all()
    assert not found.called.any()


def test_an_unknown_test_is_explained() -> None:
    with pytest.raises(UnknownName, match="no test 'welsh'"):
        compared(np.ones((3, 2)), np.ones((3, 2)), test="welsh")
