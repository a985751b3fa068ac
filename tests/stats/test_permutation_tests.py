"""Permutation tests: against full enumeration, and on values without an effect."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.stats import kstest, ttest_ind

from foretell.stats import permutation_tests as module
from foretell.stats.permutation_tests import permutation_tests


def slow_t(x: np.ndarray, y: np.ndarray) -> float:
    """Welch's statistic of one gene; a single value takes the spread of the others."""
    v_x = x.var(ddof=1) if len(x) > 1 else y.var(ddof=1)
    v_y = y.var(ddof=1) if len(y) > 1 else x.var(ddof=1)
    return float((x.mean() - y.mean()) / np.sqrt(v_x / len(x) + v_y / len(y)))


def slow_p(x: np.ndarray, y: np.ndarray, blocks: np.ndarray | None = None) -> float:
    """Share of all ways to choose the treated, within blocks, that are at least as extreme."""
    pool, n = np.concatenate([x, y]), len(x)
    observed, ways, beyond = abs(slow_t(x, y)), 0, 0
    for chosen in combinations(range(len(pool)), n):
        if blocks is not None and sorted(blocks[list(chosen)]) != sorted(blocks[:n]):
            continue
        rest = [i for i in range(len(pool)) if i not in chosen]
        ways += 1
        beyond += abs(slow_t(pool[list(chosen)], pool[rest])) >= observed * (1 - 1e-9)
    return beyond / ways


@pytest.mark.parametrize(("n", "m"), [(3, 4), (2, 6), (1, 6), (5, 1), (4, 4)])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_matrix])
def test_small_cases_are_enumerated_in_full(n: int, m: int, store: type) -> None:
    rng = np.random.default_rng(n)
    x, y = rng.normal(1, 1, (n, 4)), rng.normal(0, 2, (m, 4))
    found = permutation_tests(store(x), store(y), 1000, rng)
    for j in range(4):
        assert found.t[j] == pytest.approx(slow_t(x[:, j], y[:, j]), rel=1e-9)
        assert found.p[j] == pytest.approx(slow_p(x[:, j], y[:, j]))


def test_blocks_keep_their_numbers_of_treated() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (5, 3))
    blocks = np.array([0, 0, 1, 1, 0, 0, 1, 1, 1])
    x += 3.0 * blocks[:4, None]
    y += 3.0 * blocks[4:, None]
    found = permutation_tests(x, y, 1000, rng, (blocks[:4], blocks[4:]))
    assert found.n_permuted == 6 * 10
    for j in range(3):
        assert found.p[j] == pytest.approx(slow_p(x[:, j], y[:, j], blocks))


def test_random_permutations_come_near_to_all_of_them() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(0.8, 1, (6, 3)), rng.normal(0, 1, (8, 3))
    exact = permutation_tests(x, y, 10_000, rng)
    assert exact.n_permuted == 3003
    found = permutation_tests(x, y, 3000, rng)
    assert found.n_permuted == 3000
    np.testing.assert_allclose(found.p, exact.p, atol=0.03)
    assert (found.p >= 1 / 3001).all()


def test_sparse_and_dense_blocks_and_order_give_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    x = rng.poisson(1.0, (12, 20)).astype(float)
    y = rng.poisson(0.7, (40, 20)).astype(float)
    one = permutation_tests(x, y, 300, np.random.default_rng(0))
    two = permutation_tests(sp.csr_matrix(x), sp.csr_matrix(y), 300, np.random.default_rng(0))
    np.testing.assert_allclose(one.t, two.t, rtol=1e-9)
    np.testing.assert_array_equal(one.p, two.p)
    back = permutation_tests(x[:, ::-1], y[:, ::-1], 300, np.random.default_rng(0))
    np.testing.assert_array_equal(one.p, back.p[::-1])
    monkeypatch.setattr(module, "BLOCK_VALUES", 60)
    again = permutation_tests(x, y, 300, np.random.default_rng(0))
    np.testing.assert_allclose(again.p, one.p, atol=0.06)  # other draws of the same kind
    assert np.corrcoef(again.p, one.p)[0, 1] > 0.98


def test_without_an_effect_p_values_are_uniform_even_for_five_sparse_cells() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.lognormal(0, 1, (5, 400)), rng.lognormal(0, 1, (60, 400))
    p = permutation_tests(x, y, 199, rng).p
    assert kstest(np.round(p * 200) / 200 - rng.random(400) / 200, "uniform").pvalue > 0.01
    x, y = rng.random((5, 400)) < 0.05, rng.random((200, 400)) < 0.05
    p = permutation_tests(x.astype(float), y.astype(float), 999, rng).p
    welch = ttest_ind(x.astype(float), y.astype(float), equal_var=False).pvalue
    assert (p < 0.01).mean() < 0.03
    assert (welch < 0.01).mean() > 0.3


def test_values_without_spread_are_no_evidence_and_nan_is_none() -> None:
    x, y = np.full((3, 3), 0.1), np.full((4, 3), 0.1)
    x[0, 1] = np.nan
    y[:, 2] = 0.7
    found = permutation_tests(x, y, 1000, np.random.default_rng(0))
    assert found.t[0] == 0.0
    assert found.p[0] == 1.0
    assert np.isnan(found.p[1])
    assert found.t[2] == -np.inf
    assert found.p[2] == pytest.approx(1 / 35)


@pytest.mark.parametrize(("n", "m", "draws"), [(0, 5, 9), (3, 0, 9), (1, 1, 9), (3, 5, 0)])
def test_what_cannot_be_tested_is_refused(n: int, m: int, draws: int) -> None:
    with pytest.raises(ValueError, match="cannot test"):
        permutation_tests(np.zeros((n, 2)), np.zeros((m, 2)), draws, np.random.default_rng(0))
