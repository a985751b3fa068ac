"""Principal scores: against the exact decomposition, in blocks, sparse and by name."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from foretell.stats.axes import principal_scores, random_start


def counts(n: int = 200, g: int = 40) -> np.ndarray:
    rng = np.random.default_rng(0)
    factors = rng.gamma(2, 1, (n, 4)) @ rng.gamma(1, 1, (4, g))
    return rng.poisson(factors).astype(float)


def blocks_of(X: object, step: int):
    n = X.shape[0]
    return lambda: ((X[i : i + step], slice(i, min(i + step, n))) for i in range(0, n, step))


def scores(X: object, rank: int, step: int = 33, names: np.ndarray | None = None) -> np.ndarray:
    n, g = X.shape
    names = np.array([f"g{i:03d}" for i in range(g)]) if names is None else names
    start = random_start(names, rank, np.random.default_rng(1))
    mean = np.asarray(X.mean(axis=0)).ravel()
    return principal_scores(blocks_of(X, step), mean, start, n, rank)


def test_they_hold_the_variance_of_the_leading_axes() -> None:
    X = counts()
    s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    assert (scores(X, 4) ** 2).sum() > 0.999 * (s[:4] ** 2).sum()


def test_distances_in_all_axes_are_those_of_the_values() -> None:
    X = counts(30, 6)
    E = scores(X, 50)
    np.testing.assert_allclose(E, X - X.mean(axis=0), atol=1e-4)


@pytest.mark.parametrize("step", [7, 200])
def test_blocks_and_sparse_storage_change_nothing(step: int) -> None:
    X = counts()
    np.testing.assert_allclose(scores(sp.csr_matrix(X), 4, step), scores(X, 4), atol=1e-3)


def test_the_order_of_the_genes_changes_nothing() -> None:
    X = counts()
    order = np.random.default_rng(2).permutation(X.shape[1])
    names = np.array([f"g{i:03d}" for i in range(X.shape[1])])
    np.testing.assert_allclose(
        scores(X[:, order], 4, names=names[order]), scores(X, 4, names=names), atol=1e-3
    )
