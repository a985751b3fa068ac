"""Multiplicity: p-values of many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["benjamini_hochberg"]


def benjamini_hochberg(p: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Adjust p-values to false discovery rates.

    With p_(1) <= ... <= p_(m) the tests that were made, q_(i) = min over j >= i of m p_(j) / j.
    Good for independent or positively dependent tests, such as genes of one comparison.

    Parameters
    ----------
    p : p-values in [0, 1] of any shape; NaN = no test was made: it stays NaN and is not
        counted in m.
    axis : the axis along which tests form one family.

    Returns
    -------
    ndarray
        Adjusted p-values in [0, 1], shaped like `p`.

    Raises
    ------
    ValueError
        If a p-value lies outside of [0, 1].

    Notes
    -----
    Cost: O(m log m) per family. Source: benjamini1995.

    >>> benjamini_hochberg([0.01, np.nan, 0.5, 0.02])
    array([0.03,  nan, 0.5 , 0.03])
    """
    p = np.atleast_1d(np.asarray(p, dtype=np.float64))
    if np.any((p < 0) | (p > 1)):
        raise ValueError("p-values must lie in [0, 1]")
    rows = np.moveaxis(p, axis, -1)
    order = np.argsort(rows, axis=-1)  # NaN last
    m = np.count_nonzero(~np.isnan(rows), axis=-1, keepdims=True)
    rank = np.arange(1, rows.shape[-1] + 1)
    q = np.take_along_axis(rows, order, axis=-1) * m / rank
    q = np.fmin.accumulate(q[..., ::-1], axis=-1)[..., ::-1]  # fmin passes over NaN
    q[rank > m] = np.nan
    adjusted = np.empty_like(rows)
    np.put_along_axis(adjusted, order, q, axis=-1)
    return np.moveaxis(adjusted, -1, axis)
