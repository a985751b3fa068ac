"""Size factors: how deeply each observation was sequenced, by the median of its ratios."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["log_ratio_medians", "nonzero_logs"]

Floats = NDArray[np.float64]


def nonzero_logs(X: Any) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return the logarithms of the positive values of a block, their columns and their rows.

    Parameters
    ----------
    X : (n, g) counts, dense or CSR.

    >>> nonzero_logs(np.array([[0.0, 1.0], [0.0, 0.0]]))
    (array([0.]), array([1]), array([0]))
    """
    if hasattr(X, "indptr"):
        rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        is_set = X.data > 0
        values, columns, rows = X.data[is_set], X.indices[is_set], rows[is_set]
    else:
        dense = np.asarray(X)
        rows, columns = np.nonzero(dense > 0)
        values = dense[rows, columns]
    logs = np.log(values.astype(np.float64))
    return logs, columns.astype(np.int64), rows.astype(np.int64)


def log_ratio_medians(X: Any, reference: Floats) -> Floats:
    """Return, per observation, the median of log(x_g) - reference_g over the genes that count.

    A gene counts where its reference is finite and the observation holds it. The exponential of
    the result is the size factor of DESeq2.

    Parameters
    ----------
    X : (n, g) counts, dense or CSR.
    reference : (g,) logarithm of each gene's geometric mean; not finite = the gene is left out.

    Returns
    -------
    (n,) medians; NaN for an observation without any gene that counts.

    Notes
    -----
    Cost: O(stored values log). Source: anders2010.

    >>> log_ratio_medians(np.array([[2.0, 4.0], [0.0, 0.0]]), np.zeros(2)).round(3)
    array([1.04,  nan])
    """
    logs, columns, rows = nonzero_logs(X)
    ratios = logs - reference[columns]
    is_known = np.isfinite(ratios)
    ratios, rows = ratios[is_known], rows[is_known]
    order = np.lexsort((ratios, rows))
    ratios = ratios[order]
    n = np.bincount(rows, minlength=X.shape[0])
    first = np.concatenate([[0], np.cumsum(n)[:-1]])
    found = np.full(X.shape[0], np.nan)
    has = n > 0
    low, high = first[has] + (n[has] - 1) // 2, first[has] + n[has] // 2
    found[has] = 0.5 * (ratios[low] + ratios[high])
    return found
