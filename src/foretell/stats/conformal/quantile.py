"""Quantile: how large an error can be, from exchangeable errors and no other assumption."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "conformal_quantile",
    "effective_size",
    "fewest_units",
    "unit_weights",
    "weighted_quantile",
]

Floats = NDArray[np.float64]

ROUNDING = 1e-9  # 0.9 * 10 is 9, whatever its binary digits say


def fewest_units(coverage: float) -> int:
    """Return the number of units below which a conformal quantile is infinite.

    The smallest n with ceil((n + 1) coverage) <= n.

    >>> fewest_units(0.9), fewest_units(0.95), fewest_units(0.5)
    (9, 19, 1)
    """
    _check(coverage)
    return int(np.ceil(coverage / (1.0 - coverage) - ROUNDING))


def conformal_quantile(
    scores: ArrayLike, coverage: float, units: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the bound that a new score stays below with at least the given probability.

    The ceil((n + 1) coverage)-th smallest of n scores; infinite where that is more than n. With
    `units` the scores of one unit share its vote: with K units, and w_i = 1 / (scores in the
    unit of i), the smallest q with sum_i w_i [s_i <= q] >= coverage (K + 1).

    Good where units are exchangeable with the new one: perturbations drawn at random from one
    screen. It says nothing of a new cell type, or of doses beyond those seen.

    Parameters
    ----------
    scores : (n,) or (n, g), larger = worse, one column per gene; NaN = not measured: it is left
        out of its column, whose n falls.
    coverage : probability in (0, 1).
    units : (n,) integer codes of exchangeable units; None = every row is one.

    Returns
    -------
    ndarray
        () or (g,); a new unit's score is at most this with probability >= `coverage`, and
        < `coverage` + 1 / (n + 1) where scores have no ties. Infinite for a column of no scores.

    Raises
    ------
    ValueError
        If `coverage` is not inside (0, 1).

    Notes
    -----
    Cost: one selection, O(n g); with units or NaN one sort, O(n g log n).
    Source: papadopoulos2002; vovk2005; units: lee2023.

    >>> conformal_quantile(np.arange(1.0, 10.0), 0.9), conformal_quantile(np.arange(8.0), 0.9)
    (array(9.), array(inf))
    """
    _check(coverage)
    s = np.asarray(scores, dtype=np.float64)
    columns = s[:, None] if s.ndim == 1 else s
    n = len(columns)
    if units is not None or np.isnan(columns).any():
        codes = np.arange(n) if units is None else np.asarray(units)
        found = weighted_quantile(columns, unit_weights(codes, columns), coverage)
    else:
        k = int(np.ceil((n + 1) * coverage - ROUNDING))
        found = np.full(columns.shape[1], np.inf)
        if k <= n:
            rows = np.ascontiguousarray(columns.T)  # a gene's scores side by side
            rows.partition(k - 1, axis=1)
            found = rows[:, k - 1].copy()
    return found.reshape(s.shape[1:])


def weighted_quantile(
    scores: ArrayLike, weights: ArrayLike, coverage: float, own: ArrayLike = 1.0
) -> NDArray[np.float64]:
    """Return a quantile of weighted scores, with the new point's own weight on infinity.

    The smallest q with sum_i w_i [s_i <= q] >= coverage (sum_i w_i + own).

    Parameters
    ----------
    scores : (n, g); NaN = not measured: it weighs nothing.
    weights : (n,) or (n, g), >= 0: how much likelier each score is among new points than here.
    coverage : probability in (0, 1).
    own : weight of the new point, a number or (g,).

    Returns
    -------
    (g,) quantiles; infinite where the measured weight does not reach.

    Notes
    -----
    Exact where the weights are the true density ratios. Cost: O(n g log n).
    Source: tibshirani2019.

    >>> weighted_quantile([[1.0], [2.0], [9.0]], [1.0, 1.0, 0.0], 0.5)
    array([2.])
    """
    _check(coverage)
    s = np.asarray(scores, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    w = np.where(np.isnan(s), 0.0, w[:, None] if w.ndim == 1 else w)
    needed = coverage * (w.sum(axis=0) + own) - ROUNDING
    order = np.argsort(s, axis=0)  # NaN last
    reached = np.cumsum(np.take_along_axis(w, order, axis=0), axis=0) >= needed
    if not len(s):
        return np.full(s.shape[1], np.inf)
    first = np.argmax(reached, axis=0)
    sorted_scores = np.take_along_axis(s, order, axis=0)
    found: Floats = np.take_along_axis(sorted_scores, first[None], axis=0)[0]
    return np.where(reached.any(axis=0), found, np.inf)


def unit_weights(units: ArrayLike, scores: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return weights that add up to 1 in every unit.

    Parameters
    ----------
    units : (n,) integer codes.
    scores : (n, g), where units have to add up to 1 in every column without its NaN.

    Returns
    -------
    (n,) weights, or (n, g) where `scores` holds NaN; 0 for what was not measured.

    >>> unit_weights([0, 0, 1])
    array([0.5, 0.5, 1. ])
    """
    _, codes = np.unique(np.asarray(units), return_inverse=True)
    codes = codes.ravel()
    measured = None if scores is None else ~np.isnan(np.asarray(scores, dtype=np.float64))
    if measured is None or measured.all():
        weights: Floats = 1.0 / np.bincount(codes)[codes] if len(codes) else np.zeros(0)
        return weights
    count = np.zeros((codes.max() + 1, measured.shape[1]))
    np.add.at(count, codes, measured)
    return np.where(measured, 1.0 / np.maximum(count[codes], 1.0), 0.0)


def effective_size(weights: ArrayLike) -> float:
    """Return (sum w)^2 / sum w^2: how many equal weights say as much; 0 without any.

    >>> effective_size([1.0, 1.0, 0.0]), effective_size([])
    (2.0, 0.0)
    """
    w = np.asarray(weights, dtype=np.float64)
    squares = float(np.sum(w**2))
    return float(w.sum()) ** 2 / squares if squares > 0 else 0.0


def _check(coverage: float) -> None:
    if not 0.0 < coverage < 1.0:
        raise ValueError(f"a coverage lies between 0 and 1, not at {coverage}")
