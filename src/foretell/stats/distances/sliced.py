"""Sliced: the Wasserstein distance of two populations, seen from many directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foretell.stats.distances.pairs import Points
from foretell.stats.distances.per_gene import wasserstein

__all__ = ["directions", "sliced_wasserstein"]

Floats = NDArray[np.float64]


def directions(d: int, n: int, rng: np.random.Generator) -> Floats:
    """(d, n) unit vectors in columns, uniform on the sphere.

    >>> directions(3, 5, np.random.default_rng(0)).shape
    (3, 5)
    """
    W = rng.standard_normal((d, n))
    unit: Floats = W / np.linalg.norm(W, axis=0)
    return unit


def sliced_wasserstein(X: Points, Y: Points, W: Floats) -> float:
    """Return the root mean square, over directions, of W_2 between the projections.

        SW = sqrt( mean over w of integral |F_{Xw}^-1(t) - F_{Yw}^-1(t)|^2 dt )

    A distance between populations that needs sorting only. It sees a shift s as |s| / sqrt(d),
    and is too large by chance, the more so the fewer points there are.

    Parameters
    ----------
    X, Y : (n, d) and (m, d) points.
    W : (d, k) unit vectors; see `directions`. The same for all that is compared.

    Returns
    -------
    The distance; NaN without points, or with a NaN among them.

    Notes
    -----
    Cost: O(k (n + m) (d + log(n + m))). Source: bonneel2015.

    >>> W = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> sliced_wasserstein(np.zeros((3, 2)), np.full((2, 2), 5.0), W)
    5.0
    """
    if not len(X) or not len(Y):
        return float("nan")
    return float(np.sqrt(wasserstein(X @ W, Y @ W, power=2).mean()))
