"""Distances: mean Euclidean distance between two sets of cells."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["mean_distance", "squared_distances"]

BLOCK = 2_000


def mean_distance(X: Any, Y: Any) -> float:
    """Return the mean over all pairs, those of a cell and itself included where X is Y.

    Distances are rounded to the width of the data, as scikit-learn does.
    """
    A = _dense(X)
    B = A if Y is X else _dense(Y)
    D = np.empty((len(A), len(B)), dtype=X.dtype)
    for start in range(0, len(A), BLOCK):
        D[start : start + BLOCK] = squared_distances(A[start : start + BLOCK], B)
    if Y is X:
        np.fill_diagonal(D, 0.0)  # rounding would leave a little
    return float(np.sqrt(D, out=D).mean())


def squared_distances(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Return (n, m) squared Euclidean distances by one matrix product, not below 0."""
    lengths = np.einsum("ij,ij->i", X, X)[:, None] + np.einsum("ij,ij->i", Y, Y)
    return np.maximum(lengths - 2.0 * (X @ Y.T), 0.0)


def _dense(X: Any) -> np.ndarray:
    return np.asarray(X.toarray() if hasattr(X, "indptr") else X, dtype=float)
