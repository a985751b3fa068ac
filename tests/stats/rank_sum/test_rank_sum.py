"""Rank sums: against scipy, gene by gene, on values of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from foretell.core.errors import BadValues
from foretell.stats.rank_sum import rank_sum as module
from foretell.stats.rank_sum.rank_sum import RankSum, rank_sum

TYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", ">f4", ">f8")
N_GROUPS = 5


def screen(dtype: str = "f4", seed: int = 0, n: int = 150, g: int = 12) -> tuple[np.ndarray, ...]:
    """Sparse values of a type, among them all-zero, dense and heavily tied genes, and labels."""
    rng = np.random.default_rng(seed)
    X = rng.poisson(rng.lognormal(0, 1.5, g), (n, g)).astype(float)
    if np.dtype(dtype).kind in "if":
        X[:, 2:6] -= 2
    if np.dtype(dtype).kind == "f":
        X[:, 4:8] = rng.normal(size=(n, 4)) * (rng.random((n, 4)) < 0.5)
    X[:, 0] = 0
    X[:, 1] = 1
    codes = rng.integers(-1, N_GROUPS, n)
    codes[codes == 4] = 3
    codes[7] = 4  # a group of one cell
    control = (codes == -1) & (rng.random(n) < 0.9)
    return X.astype(dtype), codes, control


def slow(X: np.ndarray, treated: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, ...]:
    """Test one group by scipy; where all values are equal, there is no evidence: p = 1."""
    X = np.asarray(X, X.dtype.newbyteorder("=") if X.dtype.kind != "b" else float)
    X = X.astype(float) if X.dtype.itemsize < 8 else X
    found = mannwhitneyu(X[treated], X[reference], method="asymptotic", axis=0)
    return found.statistic, np.where(np.isnan(found.pvalue), 1.0, found.pvalue)


def same(a: RankSum, b: RankSum) -> None:
    for name in ("u", "z", "p", "n", "n_control"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def agrees(found: RankSum, X: np.ndarray, codes: np.ndarray, control: np.ndarray | None) -> None:
    for k in range(N_GROUPS):
        others = (codes >= 0) & (codes != k) if control is None else control
        u, p = slow(X, codes == k, others)
        np.testing.assert_allclose(found.u[k], u, rtol=1e-14)
        np.testing.assert_allclose(found.p[k], p, rtol=1e-12, atol=0)


@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_of_values_agrees_with_scipy(dtype: str) -> None:
    X, codes, control = screen(dtype)
    agrees(rank_sum(X, codes, N_GROUPS, control), X, codes, control)
    agrees(rank_sum(X, codes, N_GROUPS), X, codes, None)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
@pytest.mark.parametrize(
    "store", [sp.csr_matrix, sp.csc_matrix, sp.csr_array, sp.coo_matrix, np.asfortranarray]
)
def test_every_form_of_storage_gives_the_same_bits(store: Callable[..., Any], dtype: str) -> None:
    X, codes, control = screen(dtype)
    same(rank_sum(store(X), codes, N_GROUPS, control), rank_sum(X, codes, N_GROUPS, control))
    same(rank_sum(store(X), codes, N_GROUPS), rank_sum(X, codes, N_GROUPS))


@given(st.integers(0, 10_000))
def test_random_screens_agree_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, n_values = int(rng.integers(4, 60)), int(rng.integers(1, 9))
    X = rng.choice(np.append(rng.normal(size=n_values), 0.0), (n, 3)).astype(np.float32)
    codes = np.append([0, -1], rng.integers(-1, 2, n - 2))
    control = codes == -1
    found = rank_sum(sp.csr_matrix(X), codes, 2, control)
    for k in np.unique(codes[codes >= 0]):
        u, p = slow(X, codes == k, control)
        np.testing.assert_allclose(found.u[k], u, rtol=1e-14)
        np.testing.assert_allclose(found.p[k], p, rtol=1e-12)


def test_very_small_p_values_keep_their_digits() -> None:
    rng = np.random.default_rng(1)
    X = np.concatenate([rng.normal(3, 1, (900, 4)), rng.normal(0, 1, (1100, 4))])
    codes = np.repeat([0, -1], [900, 1100])
    found = rank_sum(X, codes, 1, codes < 0)
    _, p = slow(X, codes == 0, codes < 0)
    assert (p < 1e-250).all()
    np.testing.assert_allclose(found.p[0], p, rtol=1e-12, atol=0)


def test_the_sign_of_z_says_which_lies_higher() -> None:
    X = np.array([[5.0, -5.0, 0.0], [6.0, -6.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    found = rank_sum(X, [0, 0, -1, -1], 1, np.array([False, False, True, True]))
    np.testing.assert_array_equal(np.sign(found.z[0]), [1, -1, 0])
    np.testing.assert_array_equal(found.u[0], [4, 0, 2])


def test_values_that_are_all_equal_are_no_evidence() -> None:
    X = np.column_stack([np.zeros(6), np.full(6, 3.5), np.full(6, -1.0)])
    found = rank_sum(X, [0, 0, 0, -1, -1, -1], 1, np.arange(6) > 2)
    np.testing.assert_array_equal(found.p, 1.0)
    np.testing.assert_array_equal(found.z, 0.0)


def test_stored_zeros_are_zeros() -> None:
    X, codes, control = screen()
    stored = sp.csr_matrix(X)
    stored.data[::3] = 0.0
    stored.data[1::6] = -0.0
    plain = stored.copy()
    plain.eliminate_zeros()
    assert stored.nnz > plain.nnz
    for form in (stored, stored.tocsc()):
        same(rank_sum(form, codes, N_GROUPS, control), rank_sum(plain, codes, N_GROUPS, control))


def test_infinite_values_are_the_largest_ones() -> None:
    X, codes, control = screen()
    wild, tame = X.copy(), X.copy()
    wild[::7, 3], tame[::7, 3] = np.inf, 1e30
    wild[1::7, 3], tame[1::7, 3] = -np.inf, -1e30
    same(rank_sum(wild, codes, N_GROUPS, control), rank_sum(tame, codes, N_GROUPS, control))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_nan_is_refused_and_the_gene_is_named(dtype: str) -> None:
    X, codes, control = screen(dtype)
    X[np.flatnonzero(control)[0], 9] = np.nan
    for form in (X, sp.csr_matrix(X), sp.csc_matrix(X)):
        with pytest.raises(BadValues, match="NaN among the values of gene 9") as error:
            rank_sum(form, codes, N_GROUPS, control)
        assert error.value.way_out


def test_what_no_test_uses_may_be_nan() -> None:
    X, codes, control = screen()
    unused = np.flatnonzero((codes < 0) & ~control)
    assert len(unused)
    expected = rank_sum(X, codes, N_GROUPS, control)
    X[unused] = np.nan
    same(rank_sum(sp.csr_matrix(X), codes, N_GROUPS, control), expected)


def test_integers_beyond_the_digits_of_floats_keep_their_order() -> None:
    X = np.array([[2**60 + 1], [2**60 + 3], [2**60], [2**60 + 2]])
    found = rank_sum(X, [0, 0, -1, -1], 1, np.array([False, False, True, True]))
    assert found.u[0, 0] == 3.0


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_threads_and_portions_do_not_matter(monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    X, codes, control = screen(dtype)
    expected = rank_sum(X, codes, N_GROUPS, control, threads=1)
    monkeypatch.setattr(module, "SMALLEST_TASK", 1)
    for form in (X, sp.csr_matrix(X), sp.csc_matrix(X)):
        for budget in (1, 700, 10**6):
            monkeypatch.setattr(module, "TASK_VALUES", budget)
            for threads in (1, 2, 7):
                same(rank_sum(form, codes, N_GROUPS, control, threads=threads), expected)


def test_order_of_genes_cells_and_labels_does_not_matter() -> None:
    X, codes, control = screen()
    rng = np.random.default_rng(2)
    expected = rank_sum(sp.csr_matrix(X), codes, N_GROUPS, control)
    genes, cells = rng.permutation(X.shape[1]), rng.permutation(len(X))
    found = rank_sum(sp.csr_matrix(X[:, genes]), codes, N_GROUPS, control)
    np.testing.assert_array_equal(found.p, expected.p[:, genes])
    same(rank_sum(sp.csr_matrix(X[cells]), codes[cells], N_GROUPS, control[cells]), expected)
    new = rng.permutation(N_GROUPS)
    renamed = np.where(codes < 0, -1, new[codes])
    found = rank_sum(sp.csr_matrix(X), renamed, N_GROUPS, control)
    np.testing.assert_array_equal(found.p[new], expected.p)


def test_several_labellings_share_one_sort() -> None:
    X, codes, _ = screen()
    rng = np.random.default_rng(3)
    many = np.stack([rng.permutation(codes) for _ in range(4)])
    control = rng.random(many.shape) < 0.3
    many[control] = -1
    found = rank_sum(sp.csr_matrix(X), many, N_GROUPS, control)
    assert found.p.shape == (4, N_GROUPS, X.shape[1])
    shared = control[0]
    again = rank_sum(X, np.where(shared, -1, many), N_GROUPS, shared)
    rest = rank_sum(X, many, N_GROUPS)
    for s in range(4):
        alone = rank_sum(X, many[s], N_GROUPS, control[s])
        np.testing.assert_array_equal(found.p[s], alone.p)
        np.testing.assert_array_equal(found.n_control[s], alone.n_control)
        alone = rank_sum(X, np.where(shared, -1, many[s]), N_GROUPS, shared)
        np.testing.assert_array_equal(again.z[s], alone.z)
        np.testing.assert_array_equal(rest.u[s], rank_sum(X, many[s], N_GROUPS).u)


def test_unsorted_and_doubled_entries_are_put_in_order() -> None:
    X, codes, control = screen()
    rows, columns = np.nonzero(X)
    order = np.random.default_rng(4).permutation(len(rows))
    rows, columns = rows[order], columns[order]
    half = X[rows, columns] / 2
    pairs = (np.tile(rows, 2), np.tile(columns, 2))
    doubled = sp.coo_matrix((np.tile(half, 2), pairs), shape=X.shape)
    csr = sp.csr_matrix((X[rows, columns], (rows, columns)), shape=X.shape)
    for r in range(len(X)):  # the columns of every row, backwards
        at = slice(csr.indptr[r], csr.indptr[r + 1])
        csr.indices[at], csr.data[at] = csr.indices[at][::-1].copy(), csr.data[at][::-1].copy()
    csr.has_sorted_indices = False
    before = csr.copy()
    expected = rank_sum(X, codes, N_GROUPS, control)
    same(rank_sum(csr, codes, N_GROUPS, control), expected)
    np.testing.assert_array_equal(csr.indices, before.indices)  # the input is not touched
    same(rank_sum(doubled, codes, N_GROUPS, control), expected)


def test_an_empty_side_is_not_tested() -> None:
    X, codes, control = screen()
    found = rank_sum(X, np.where(codes == 2, -1, codes), N_GROUPS, control)
    assert np.isnan(found.p[2]).all()
    assert not np.isnan(found.p[[0, 1, 3, 4]]).any()
    assert np.isnan(rank_sum(X, codes, N_GROUPS, np.zeros(len(X), bool)).p).all()
    assert np.isnan(rank_sum(X, np.where(codes < 0, -1, 0), N_GROUPS).p).all()


@pytest.mark.parametrize("shape", [(0, 3), (4, 0)])
def test_an_empty_matrix_has_no_tests(shape: tuple[int, int]) -> None:
    codes = np.full(shape[0], -1)
    for form in (np.zeros(shape, "f4"), sp.csr_matrix(shape, dtype="f4"), sp.csc_matrix(shape)):
        found = rank_sum(form, codes, 2, codes < -1)
        assert found.p.shape == (2, shape[1])
        assert np.isnan(found.p).all()


@pytest.mark.parametrize(
    ("codes", "control", "says"),
    [
        ([0, 0, -1], np.ones(4, bool), "one code per observation"),
        ([0, 3, -1, -1], np.arange(4) > 1, "from -1 to 1"),
        ([0.0, 1.0, -1.0, -1.0], np.arange(4) > 1, "from -1 to 1"),
        ([0, 1, 1, -1], np.arange(4) > 1, "code -1"),
        ([0, 0, -1, -1], [0, 0, 1, 1], "True for every control"),
    ],
)
def test_labels_that_do_not_fit_are_explained(codes: Any, control: Any, says: str) -> None:
    with pytest.raises(BadValues, match=says):
        rank_sum(np.ones((4, 2)), codes, 2, control)


def test_values_without_an_order_are_refused() -> None:
    with pytest.raises(BadValues, match="no order"):
        rank_sum(np.ones((4, 2), complex), [0, 0, -1, -1], 1, np.arange(4) > 1)


def test_cells_without_an_effect_have_uniform_p_values() -> None:
    from scipy.stats import kstest

    rng = np.random.default_rng(5)
    X = rng.lognormal(0, 1, (400, 600)) * (rng.random((400, 600)) < 0.6)
    codes = np.repeat([0, -1], [100, 300])
    p = rank_sum(X, codes, 1, codes < 0).p[0]
    assert kstest(p, "uniform").pvalue > 0.01
