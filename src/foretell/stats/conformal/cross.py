"""Cross: bounds from models that each left some units out, so that no unit is lost to fitting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foretell.stats.conformal.quantile import conformal_quantile

__all__ = ["cross_bounds"]

Floats = NDArray[np.float64]


def cross_bounds(
    centre: Floats,
    scores: Floats,
    fold: NDArray[np.int64],
    coverage: float,
    *,
    spread: Floats | None = None,
    units: NDArray[np.int64] | None = None,
) -> tuple[Floats, Floats]:
    """Return jackknife+ (one unit per fold) or CV+ bounds.

    With R_i the score of unit i under the model that left its fold k(i) out, and mu_k, f_k what
    that model says of a new row,

        upper = ceil((n + 1) coverage)-th smallest of mu_k(i) + f_k(i) R_i
        lower = floor((n + 1) (1 - coverage))-th smallest of mu_k(i) - f_k(i) R_i.

    Good for small screens: every perturbation trains and calibrates. Slower than a split: the
    model is fitted once per fold.

    Parameters
    ----------
    centre : (k, m, g) predictions of m new rows by k fold models; NaN = not answered, which
        counts as infinitely wide.
    scores : (n, g) |left-out residual| / spread of the calibration rows; NaN = not measured.
    fold : (n,) fold that each calibration row was left out in.
    coverage : in (0, 1).
    spread : (k, m, 1) or (k, m, g) factor that turns scores into widths; None = 1.
    units : see `conformal_quantile`.

    Returns
    -------
    lower, upper : (m, g), infinite where units are too few.

    Notes
    -----
    Guarantee 2 coverage - 1 for any model, about `coverage` for stable ones. Cost: O(n m g).
    Source: barber2021.

    >>> centre = np.zeros((3, 1, 1))
    >>> cross_bounds(centre, np.array([[1.0], [2.0], [3.0]]), np.arange(3), 0.75)
    (array([[-3.]]), array([[3.]]))
    """
    m, g = centre.shape[1:]
    lower, upper = np.empty((m, g)), np.empty((m, g))
    for i in range(m):
        width = scores if spread is None else scores * spread[fold, i]
        at = centre[fold, i]
        unanswered = np.isnan(at) & ~np.isnan(scores)
        ends = np.where(unanswered, np.inf, at + width), np.where(unanswered, np.inf, width - at)
        upper[i] = conformal_quantile(ends[0], coverage, units)
        lower[i] = -conformal_quantile(ends[1], coverage, units)
    return lower, upper
