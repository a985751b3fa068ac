"""Sinkhorn: a smoothed optimal-transport distance without the bias of the smoothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foretell.stats.distances.pairs import Points, distance_matrix

__all__ = ["Sinkhorn", "self_cost", "sinkhorn_divergence", "smoothing", "transport_cost"]

Floats = NDArray[np.float64]

EVERY = 10  # steps between two looks at the marginals
LARGE = 1e100  # a scaling beyond this is taken into the potentials


class Sinkhorn(NamedTuple):
    """A Sinkhorn divergence.

    Parameters
    ----------
    divergence : in squared units of the points; about |shift|^2 for a pure shift.
    converged : whether all three problems met the tolerance.
    epsilon : the smoothing that was used.
    """

    divergence: float
    converged: bool
    epsilon: float


def sinkhorn_divergence(
    X: Points,
    Y: Points,
    *,
    relative_epsilon: float = 0.1,
    epsilon: float | None = None,
    tolerance: float = 1e-4,
    max_steps: int = 2000,
) -> Sinkhorn:
    """Compare two populations by smoothed optimal transport of squared distances.

        S = OT(x, y) - OT(x, x) / 2 - OT(y, y) / 2
        OT(a, b) = min over plans P of  <P, C> + epsilon KL(P | a b'),    C_ij = |a_i - b_j|^2

    The two terms that are subtracted take the bias of the smoothing away: S is 0 for a population
    and itself, positive else, and lies between the squared 2-Wasserstein distance (epsilon = 0)
    and the squared distance of the means (epsilon = infinity). It is too large by chance, the more
    so the fewer points there are and the smaller epsilon is.

    Parameters
    ----------
    X, Y : (n, d) and (m, d) points, equally weighted.
    relative_epsilon : epsilon as a part of the median cost between x and y, > 0.
    epsilon : the smoothing itself; takes the place of the above.
    tolerance : sum of the errors of the marginals, at which the iteration ends.
    max_steps : at most so many iterations.

    Returns
    -------
    `divergence` is NaN, and `converged` False, without points or with a NaN among them.

    Notes
    -----
    Cost: O(steps (n^2 + m^2 + n m)) and as much memory. Source: feydy2019 (divergence),
    schmitzer2019 (stabilised iteration).

    >>> x = np.random.default_rng(0).normal(size=(40, 3))
    >>> found = sinkhorn_divergence(x, x + 2.0)
    >>> bool(abs(found.divergence - 12.0) < 0.01), found.converged
    (True, True)
    """
    x, y = np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    if not len(x) or not len(y):
        return Sinkhorn(float("nan"), False, float("nan"))
    C = distance_matrix(x, y, squared=True)
    eps = smoothing(C, relative_epsilon) if epsilon is None else epsilon
    if not np.isfinite(C).all():
        return Sinkhorn(float("nan"), False, eps)
    if np.array_equal(x, y):
        return Sinkhorn(0.0, True, eps)  # by definition; else true to the tolerance only
    across, ended = transport_cost(C, eps, tolerance, max_steps)
    (own_x, ended_x), (own_y, ended_y) = (
        self_cost(distance_matrix(p, p, squared=True), eps, tolerance, max_steps) for p in (x, y)
    )
    return Sinkhorn(across - (own_x + own_y) / 2.0, ended and ended_x and ended_y, eps)


def smoothing(C: Floats, relative_epsilon: float) -> float:
    """Return epsilon as a part of the median cost, or of the mean where half of the costs are 0.

    >>> smoothing(np.array([[1.0, 3.0]]), 0.1)
    0.2
    """
    eps = relative_epsilon * float(np.median(C))
    if eps <= 0:
        eps = relative_epsilon * float(C.mean())
    return eps if not eps <= 0 else 1.0  # all costs are 0, whatever epsilon is


def transport_cost(
    C: Floats, epsilon: float, tolerance: float = 1e-4, max_steps: int = 2000
) -> tuple[float, bool]:
    """Return OT for a cost matrix (n, m) with equal weights, and whether it converged.

    Potentials f, g are alternately made to fit the marginals, as scalings u, v of the kernel
    exp((f + g - C) / epsilon); scalings that grow too large are taken into the potentials, so that
    nothing over- or underflows however small epsilon is. The value is that of the dual,
    mean(f) + mean(g), which is off by the square of the error only.

    >>> round(transport_cost(np.array([[0.0, 9.0], [9.0, 0.0]]), 0.01)[0], 3)
    0.007
    """
    n, m = C.shape
    f, g = _started(C, epsilon)
    converged = False
    u, v = np.ones(n), np.ones(m)
    K = _kernel(C, f, g, epsilon)
    for step in range(max_steps):
        v = n / (u @ K)
        fitted = K @ v / m
        if step % EVERY == 0:
            error = float(np.abs(u * fitted - 1.0).mean())
            converged = step > 0 and error <= tolerance
        u = 1.0 / fitted
        if converged:
            break
        if max(u.max(), v.max(), 1.0 / u.min(), 1.0 / v.min()) > LARGE:
            f, g = f + epsilon * np.log(u), g + epsilon * np.log(v)
            u, v, K = np.ones(n), np.ones(m), _kernel(C, f, g, epsilon)
    f, g = f + epsilon * np.log(u), g + epsilon * np.log(v)
    # the last step fitted the rows, so that the plan has mass 1 and its penalty vanishes
    return float(f.mean() + g.mean()), converged


def self_cost(
    C: Floats, epsilon: float, tolerance: float = 1e-4, max_steps: int = 2000
) -> tuple[float, bool]:
    """Return OT of a population and itself, and whether it converged; C (n, n) is symmetric.

    Both potentials are one, f, and f <- (f + T f) / 2 converges in a few steps, T f being the
    fit of the marginals.

    >>> round(self_cost(np.array([[0.0, 9.0], [9.0, 0.0]]), 0.01)[0], 3)
    0.007
    """
    n = len(C)
    f = _started(C, epsilon)[1] / 2.0
    K, u = _kernel(C, f, f, epsilon), np.ones(n)
    converged = False
    for _ in range(max_steps):
        fitted = K @ u / n
        converged = float(np.abs(u * fitted - 1.0).mean()) <= tolerance
        u = np.sqrt(u / fitted)
        if converged:
            break
        if max(u.max(), 1.0 / u.min()) > LARGE:
            f = f + epsilon * np.log(u)
            K, u = _kernel(C, f, f, epsilon), np.ones(n)
    f = f + epsilon * np.log(u)
    mass = float(_kernel(C, f, f, epsilon).mean())
    return float(2.0 * f.mean() - epsilon * (mass - 1.0)), converged


def _started(C: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """Return potentials that fit the rows and then the columns once, in the log domain."""
    from scipy.special import logsumexp

    n, m = C.shape
    f = -epsilon * (logsumexp(-C / epsilon, axis=1) - np.log(m))
    g = -epsilon * (logsumexp((f[:, None] - C) / epsilon, axis=0) - np.log(n))
    return f, g


def _kernel(C: Floats, f: Floats, g: Floats, epsilon: float) -> Floats:
    """(n, m) density of the plan against equal weights, for the potentials."""
    K: Floats = np.exp((f[:, None] + g[None, :] - C) / epsilon)
    return K
