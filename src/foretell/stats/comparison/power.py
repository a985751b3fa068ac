"""Power: how small a difference between two methods a number of conditions can show."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.comparison.clusters import cluster_sums

__all__ = ["smallest_difference", "standard_error"]

Floats = NDArray[np.float64]


def standard_error(differences: ArrayLike, cluster: ArrayLike) -> Floats:
    """Return the cluster-robust standard error of the mean of each column.

    sqrt(k / (k - 1) sum_c (s_c - n_c mean)^2) / n; with singletons it is sd / sqrt(n).

    Parameters
    ----------
    differences : (n,) or (n, m) per condition; NaN = none.
    cluster : (n,) code of each condition's cluster.

    Returns
    -------
    (...) NaN with fewer than two clusters.

    >>> float(standard_error([1.0, 3.0], [0, 1]))
    1.0
    """
    sums = cluster_sums(differences, cluster)
    k, n = sums.n_clusters, sums.known.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = sums.total - sums.known * sums.mean
        error = np.sqrt(k / (k - 1) * (residual**2).sum(axis=0)) / n
    return np.asarray(np.where(k > 1, error, np.nan))


def smallest_difference(
    differences: ArrayLike, cluster: ArrayLike, level: float = 0.95, power: float = 0.8
) -> Floats:
    """Return the true mean difference that a two-sided paired test finds with a given power.

    x = (t_{k-1}((1 + level) / 2) + t_{k-1}(power)) se, with se the cluster-robust standard error:
    "with these conditions a difference below x is more likely missed than the power allows".
    Within 2 % of the noncentral t from eight clusters on.

    Parameters
    ----------
    differences : (n,) or (n, m) paired differences per condition; NaN = none.
    cluster : (n,) code of each condition's cluster.
    level : 1 - the level of the test.
    power : chance of finding it.

    Returns
    -------
    (...) in units of the score; NaN with fewer than two clusters.

    Notes
    -----
    Cost: O(n m). Source: cohen1988.

    >>> rng = np.random.default_rng(0)
    >>> x = float(smallest_difference(rng.normal(size=400), np.arange(400)))
    >>> round(x / (2.8 / 20), 1)
    1.0
    """
    from scipy.special import stdtrit

    error = standard_error(differences, cluster)
    k = cluster_sums(differences, cluster).n_clusters
    df = np.maximum(k - 1, 1)
    return np.asarray((stdtrit(df, (1 + level) / 2) + stdtrit(df, power)) * error)
