"""Signatures: a hash of the values of every row, equal where the values are."""

from __future__ import annotations

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.seeds import rng_for

__all__ = ["row_signatures"]


def row_signatures(dataset: Dataset) -> np.ndarray:
    """Return (n_file_obs, 2): a hash of each row's values, and how many are not zero.

    Two rows with the same values have the same hash, however they are stored; rows with different
    values agree with a probability of 2^-64. Whole numbers only: a floating-point product may
    round equal rows differently, depending on where in the matrix they stand.
    """
    n, g = dataset.matrix.shape
    weights = rng_for(audit="rows", genes=g).integers(2**63, size=g, dtype=np.uint64) * 2 + 1
    signatures = np.zeros((n, 2), dtype=np.uint64)
    for X, where in dataset.stored_blocks():
        rows = dataset.rows[where]
        if hasattr(X, "indptr"):
            bits = _mixed_bits(X.data)
            signatures[rows, 0] = _sums_between(bits * weights[X.indices], X.indptr)
            signatures[rows, 1] = _sums_between((bits != 0).astype(np.uint64), X.indptr)
        else:
            bits = _mixed_bits(np.ascontiguousarray(X))
            signatures[rows, 0] = (bits * weights).sum(axis=1, dtype=np.uint64)
            signatures[rows, 1] = (bits != 0).sum(axis=1)
    return signatures


def _mixed_bits(values: np.ndarray) -> np.ndarray:
    """Return 64 well-mixed bits per value; 0 for zero and for what was not measured."""
    bits: np.ndarray = (np.nan_to_num(values.astype(np.float64)) + 0.0).view(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(factor)
    bits ^= bits >> np.uint64(31)
    return bits


def _sums_between(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Sum runs of values, modulo 2^64."""
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    sums: np.ndarray = total[bounds[1:]] - total[bounds[:-1]]
    return sums
