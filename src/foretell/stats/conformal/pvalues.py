"""P-values: how unusual a score is among scores of which it is known that nothing happened."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.conformal.quantile import unit_weights

__all__ = ["conformal_pvalues"]


def conformal_pvalues(
    nulls: ArrayLike, scores: ArrayLike, units: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return p-values of new scores against scores of known nulls.

    p(s) = (1 + sum_i w_i [null_i >= s]) / (1 + sum_i w_i), with w_i = 1, or, in units,
    1 / (nulls in the unit of i).

    Parameters
    ----------
    nulls : (n,) scores of nulls, larger = more like a discovery; NaN is left out.
    scores : new scores of any shape; NaN stays NaN.
    units : (n,) codes of exchangeable units.

    Returns
    -------
    ndarray
        Shaped like `scores`; below t with probability <= t for a null score that is
        exchangeable with a null drawn from a random unit. 1 where there is no null at all.

    Notes
    -----
    Cost: O((n + m) log n). Source: vovk2005; selection by Benjamini-Hochberg: jin2023, bates2023.

    >>> conformal_pvalues([1.0, 2.0, 3.0], [0.0, 2.5, 9.0])
    array([1.  , 0.5 , 0.25])
    """
    null = np.asarray(nulls, dtype=np.float64)
    asked = np.asarray(scores, dtype=np.float64)
    known = ~np.isnan(null)
    null = null[known]
    w = np.ones(len(null)) if units is None else unit_weights(np.asarray(units)[known])
    order = np.argsort(null, kind="stable")
    above = np.concatenate([np.cumsum(w[order][::-1])[::-1], [0.0]])  # weight from here upwards
    p = np.minimum((1.0 + above[np.searchsorted(null[order], asked)]) / (1.0 + w.sum()), 1.0)
    return np.where(np.isnan(asked), np.nan, p)
