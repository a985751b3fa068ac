"""Neighbours: whether the nearest points of a point come from both populations."""

from __future__ import annotations

import numpy as np

from foretell.stats.distances.pairs import Points, distance_matrix

__all__ = ["knn_mixing"]


def knn_mixing(X: Points, Y: Points, k: int = 10) -> float:
    """Return how far the k nearest neighbours of a point are of the other population.

        mixing = mean over both populations of
                 mean over its points of (neighbours of the other population / k) / expected,

    expected = m / (n + m - 1) for a point of the n, n / (n + m - 1) for one of the m. 1: as in one
    population (more is chance, or copies); 0: no point has a neighbour of the other population.
    Both count alike whatever their sizes: points that crowd in one place, and points that nothing
    was predicted for, lower it. Equal distances are ordered by position, x first.

    Parameters
    ----------
    X, Y : (n, d) and (m, d) points.
    k : neighbours, the point itself not counted; at most half of the smaller population.

    Returns
    -------
    Mixing >= 0; NaN with fewer than two points on a side, or a NaN among them.

    Notes
    -----
    Cost: O((n + m)^2 d) time, O((n + m)^2) memory. Source: schilling1986.

    >>> x = np.array([[0.0], [2.0], [4.0], [6.0]])
    >>> knn_mixing(x, x + 1.0, k=1), knn_mixing(x, x + 100.0, k=1)
    (1.75, 0.0)
    """
    n, m = len(X), len(Y)
    if min(n, m) < 2:
        return float("nan")
    Z = np.concatenate([np.asarray(X), np.asarray(Y)])
    D = distance_matrix(Z, Z, squared=True)
    if np.isnan(D).any():
        return float("nan")
    k = max(1, min(k, min(n, m) // 2))
    np.fill_diagonal(D, np.inf)
    nearest = np.argpartition(D, k - 1, axis=1)[:, :k]
    is_y = nearest >= n
    of_x = is_y[:n].mean() * (n + m - 1) / m
    of_y = (~is_y[n:]).mean() * (n + m - 1) / n
    return float((of_x + of_y) / 2.0)
