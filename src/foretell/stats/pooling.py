"""Pooling: one spread from two groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["pooled_variance"]


def pooled_variance(
    var_a: ArrayLike, n_a: ArrayLike, var_b: ArrayLike, n_b: ArrayLike
) -> NDArray[np.float64]:
    """Return the variance within two groups, ((n_a - 1) var_a + (n_b - 1) var_b) / (n_a + n_b - 2).

    A few cells often all hold 0 of a sparse gene. Their own variance is then 0, and a test that
    believed it would be certain of any difference; the controls know better. So a test of a small
    group against many controls takes this variance for both.

    Parameters
    ----------
    var_a, var_b : unbiased variances; NaN counts as none observed (a single observation).
    n_a, n_b : numbers of observations; all four broadcast.

    Returns
    -------
    Variances; NaN where both groups have a single observation.

    >>> pooled_variance(0.0, 3, 1.0, 9).round(3)
    np.float64(0.8)
    """
    k_a, k_b = np.asarray(n_a, np.float64) - 1.0, np.asarray(n_b, np.float64) - 1.0
    squares = np.nan_to_num(var_a) * k_a + np.nan_to_num(var_b) * k_b
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = squares / (k_a + k_b)
    return found
