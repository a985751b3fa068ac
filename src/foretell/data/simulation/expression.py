"""Unperturbed expression: baselines per context and batch effects."""

from __future__ import annotations

import math

import numpy as np

from foretell.data.simulation.screen import Screen
from foretell.data.simulation.streams import stream

__all__ = ["FLOOR", "TOTAL", "draw_baseline", "draw_batch_effects", "n_all_genes"]

TOTAL = 10_000.0
"""Unit of expression: molecules per 10,000 of an unperturbed cell."""
FLOOR = math.log(0.01)
"""Log expression at which a gene counts as not expressed: one molecule per million."""
BASELINE_SD = 1.2


def n_all_genes(screen: Screen) -> int:
    """Return the number of genes that exist: the measured panel and targets outside it."""
    return max(screen.n_genes, screen.n_perturbations)


def draw_baseline(screen: Screen) -> np.ndarray:
    """Draw the log expression of unperturbed cells.

    b_c = sd (sqrt(1 - d^2) z + d z_c) + constant, with z and z_c standard normal, and the constant
    such that the measured genes of a context sum to `TOTAL`.

    Returns
    -------
    numpy.ndarray
        (n_contexts, n_all_genes), natural log of molecules per 10,000.
    """
    n, d = n_all_genes(screen), screen.context_difference
    shared = stream(screen.seed, "baseline").standard_normal(n)
    baseline = np.empty((screen.n_contexts, n))
    for c in range(screen.n_contexts):
        own = stream(screen.seed, "baseline", c).standard_normal(n)
        b = BASELINE_SD * (math.sqrt(1 - d**2) * shared + d * own)
        baseline[c] = b - math.log(np.exp(b[: screen.n_genes]).sum() / TOTAL)
    return baseline


def draw_batch_effects(screen: Screen) -> np.ndarray:
    """Draw the log effect of every batch on every measured gene, (n_batches, n_genes)."""
    rng = stream(screen.seed, "batches")
    return screen.batch_size * rng.standard_normal((screen.n_batches, screen.n_genes))
