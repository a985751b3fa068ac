"""Components: leading principal component scores, exact and the same on every run."""

from __future__ import annotations

import numpy as np

__all__ = ["scores"]

DENSE = 500  # up to this many columns a full decomposition is cheap


def scores(X: np.ndarray, rank: int) -> np.ndarray:
    """Return the scores U_k S_k (n, k) of the rows of X (n, m), columns centred.

    Signs are fixed so that the entry of largest size in each component is positive; k is at most
    the rank of X. Cost: O(n m min(n, m)) up to 500 columns, O(n m k) iterations beyond.
    """
    Xc = X - X.mean(axis=0)
    k = max(1, min(rank, min(Xc.shape) - 1))
    U, s = _leading(Xc, k)
    keep = s > s[0] * 1e-10 if s.size and s[0] > 0 else np.zeros(len(s), dtype=bool)
    if not keep.any():
        return np.zeros((len(X), 1))
    U, s = U[:, keep], s[keep]
    largest = np.abs(U).argmax(axis=0)
    sign = np.sign(U[largest, np.arange(U.shape[1])])
    scaled: np.ndarray = U * (s * sign)
    return scaled


def _leading(Xc: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    if min(Xc.shape) <= DENSE:
        U, s, _ = np.linalg.svd(Xc, full_matrices=False)
        return U[:, :k], s[:k]
    from scipy.sparse.linalg import svds

    start = np.ones(min(Xc.shape))
    U, s, _ = svds(Xc, k=k, v0=start, solver="arpack")
    order = np.argsort(-s)
    return U[:, order], s[order]
