"""Reliability: how reproducible a longer measurement would be."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["spearman_brown"]


def spearman_brown(r: ArrayLike, times: float) -> NDArray[np.float64]:
    """Project the correlation of two equal parts to parts `times` as long.

        rho = times r / (1 + (times - 1) |r|)

    For r >= 0 it is the formula of Spearman and Brown. Negative values, which noise gives, are
    mirrored, so that an average over conditions without an effect stays at 0.

    Parameters
    ----------
    r : correlations in [-1, 1]; NaN stays NaN.
    times : > 0; 2 turns the correlation of two halves into that of the whole.

    Notes
    -----
    Right where the noise of the parts is independent and of equal size. Source: spearman1910,
    brown1910.

    >>> spearman_brown([0.5, -0.5, 1.0], 2.0).round(3)
    array([ 0.667, -0.667,  1.   ])
    """
    x = np.asarray(r, dtype=np.float64)
    found: NDArray[np.float64] = times * x / (1.0 + (times - 1.0) * np.abs(x))
    return found
