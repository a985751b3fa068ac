"""The regulatory network of a simulated screen, one version per context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foretell.data.simulation.expression import n_all_genes
from foretell.data.simulation.screen import Screen
from foretell.data.simulation.streams import stream

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Edges", "build_network", "draw_edges", "draw_regulators"]

DEGREE_EXPONENT = 0.8
"""Out-degree falls with the rank of a regulator to this power: few hubs, many small ones."""
WEIGHT_SD = 0.5
ACTIVATOR_SHARE = 0.65
SIGN_LOYALTY = 0.85
HIDDEN_DEGREE = 3
POWERS = 128


@dataclass(frozen=True, eq=False)
class Edges:
    """Signed weighted edges, each array (n_edges,)."""

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray


def draw_regulators(screen: Screen) -> np.ndarray:
    """Draw the measured genes that regulate others, (n_regulators,), in random order."""
    rng = stream(screen.seed, "regulators")
    return rng.permutation(screen.n_genes)[: screen.n_regulators]


def draw_edges(screen: Screen, regulators: np.ndarray) -> Edges:
    """Draw the edges that contexts share before each rewires some of its own.

    Targets outside the panel regulate `HIDDEN_DEGREE` measured genes each, so that perturbing an
    unmeasured gene can be seen.
    """
    rng = stream(screen.seed, "network")
    hidden = np.arange(screen.n_genes, n_all_genes(screen))
    n_edges = round(screen.density * screen.n_regulators * screen.n_genes)
    # In random order: targets are taken in the order of regulators, hubs must not come first.
    degrees = rng.permutation(_degrees(n_edges, screen.n_regulators, screen.n_genes - 1))
    sources = np.concatenate([regulators, hidden])
    counts = np.concatenate([degrees, np.full(hidden.size, HIDDEN_DEGREE)])
    targets = [
        _other_genes(rng, screen.n_genes, int(source), int(count))
        for source, count in zip(sources, counts, strict=True)
    ]
    weights = [_weights(rng, int(count), screen.edge_weight) for count in counts]
    return Edges(np.repeat(sources, counts), np.concatenate(targets), np.concatenate(weights))


def build_network(screen: Screen, edges: Edges, context: int) -> csr_matrix:
    """Build the network of one context.

    A share `context_difference` of the edges gets a new target. Edges between regulators are then
    scaled down, where needed, until the spectral radius of |A| is within the limit: only they
    close loops. rho(|A|) < 1 makes the steady state unique, with saturation and without.

    Returns
    -------
    scipy.sparse.csr_matrix
        (n_all_genes, n_genes); A[i, j] is the effect of gene i on gene j.
    """
    from scipy.sparse import csr_matrix

    rng = stream(screen.seed, "network", context)
    n = screen.n_genes
    moved = rng.random(edges.target.size) < screen.context_difference
    step = rng.integers(1, n, edges.target.size)
    # A step of 1..n-1 from the source never lands on the source: no gene regulates itself.
    target = np.where(moved, (edges.source + step) % n, edges.target)
    shape = (n_all_genes(screen), n)
    A = csr_matrix((edges.weight, (edges.source, target)), shape=shape)
    A.sum_duplicates()
    return _limit_feedback(A, screen.spectral_radius)


def _degrees(n_edges: int, n_regulators: int, largest: int) -> np.ndarray:
    """Share out edges among ranked regulators; each gets 1 to `largest` of them."""
    share = np.arange(1, n_regulators + 1) ** -DEGREE_EXPONENT
    low, high = 0.0, float(largest * n_regulators)
    for _ in range(60):  # bisection: the clipped sum grows with the scale
        scale = (low + high) / 2
        too_many = np.clip(np.round(scale * share), 1, largest).sum() > n_edges
        low, high = (low, scale) if too_many else (scale, high)
    return np.clip(np.round(low * share), 1, largest).astype(np.int64)


def _other_genes(rng: np.random.Generator, n_genes: int, source: int, count: int) -> np.ndarray:
    """Draw distinct measured genes other than the source, (count,)."""
    drawn = rng.choice(n_genes - 1, size=count, replace=False)
    return drawn + (drawn >= source)


def _weights(rng: np.random.Generator, count: int, mean: float) -> np.ndarray:
    """Draw signed weights of one regulator, which is mostly an activator or mostly a repressor."""
    positive = SIGN_LOYALTY if rng.random() < ACTIVATOR_SHARE else 1 - SIGN_LOYALTY
    sign = np.where(rng.random(count) < positive, 1.0, -1.0)
    return sign * mean * np.exp(rng.normal(-(WEIGHT_SD**2) / 2, WEIGHT_SD, count))


def _limit_feedback(A: csr_matrix, radius: float) -> csr_matrix:
    """Scale edges between regulators so that rho(|A|) <= radius."""
    n = A.shape[1]
    regulates = np.zeros(A.shape[0], dtype=bool)
    regulates[:n] = np.diff(A.indptr)[:n] > 0
    bound = _radius_bound(abs(A[regulates][:, regulates[:n]]))
    if bound > radius:
        between = np.repeat(regulates, np.diff(A.indptr)) & regulates[A.indices]
        A.data[between] *= radius / bound
    A.eliminate_zeros()
    return A


def _radius_bound(M: csr_matrix) -> float:
    """Bound the spectral radius of a non-negative matrix from above.

    rho(M) <= ||M^k||_inf^(1/k) for every k, and for M >= 0 the norm is max(M^k 1): k products with
    a vector, and tight within some percent at k = 128 (Gelfand).
    """
    x: np.ndarray = np.ones(M.shape[0])
    log_norm = 0.0
    for _ in range(POWERS):
        x = M @ x
        largest = float(x.max(initial=0.0))
        if largest == 0.0:
            return 0.0
        x, log_norm = x / largest, log_norm + np.log(largest)
    return float(np.exp(log_norm / POWERS))
