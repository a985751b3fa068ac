"""Spaces: where populations of cells are compared, fitted on training observations alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.seeds import rng_for
from foretell.stats.axes import principal_axes, random_start

__all__ = ["N_AXES", "N_PANEL", "Spaces", "fit_spaces"]

N_AXES = 50  # principal components
N_PANEL = 100  # genes that vary most
N_FITTED = 4_000  # training cells that the axes are fitted on


@dataclass(frozen=True, eq=False)
class Spaces:
    """Principal components and a panel of genes, both without directly targeted genes.

    Parameters
    ----------
    mean : (g,) that is subtracted before cells are projected.
    axes : (g, d) principal axes of training cells; rows of 0 for genes that are left out.
    columns : (p,) genes of the panel, ascending.
    """

    mean: np.ndarray
    axes: np.ndarray
    columns: np.ndarray

    def project(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return cells (n, g) as (n, d) components and (n, p) genes of the panel."""
        components = np.asarray(X @ self.axes) - self.mean @ self.axes
        panel = X[:, self.columns]
        panel = panel.toarray() if hasattr(panel, "toarray") else np.asarray(panel)
        return components.astype(np.float32), panel.astype(np.float32)

    def project_shift(self, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return shifts (n, g) in both spaces."""
        return shift @ self.axes, shift[:, self.columns]


def fit_spaces(train: Dataset, allowed: np.ndarray, seed: int) -> Spaces:
    """Fit both spaces on training cells, controls of the ``model`` half included.

    Parameters
    ----------
    train : training part of a split.
    allowed : (g,) True for genes that no test condition targets.
    seed : of the cells that are drawn where there are more than 4,000, and of the iteration.
    """
    rng = rng_for(spaces=train.name, seed=seed)
    if train.n_obs > N_FITTED:
        train = train.take(np.sort(rng.choice(train.n_obs, N_FITTED, replace=False)))
    genes = np.flatnonzero(allowed)
    moments = train.moments(np.zeros(train.n_obs, dtype=np.int64), 1)
    mean, variance = moments.mean[0], np.nan_to_num(moments.variance[0])
    X = train.values()[:, genes]
    X = (X.toarray() if hasattr(X, "toarray") else X).astype(np.float32)  # faster than sparse here
    rank = max(1, min(N_AXES, train.n_obs - 1))
    start = random_start(train.genes[genes], rank, rng)
    axes = np.zeros((len(mean), min(rank, len(genes))))
    axes[genes] = principal_axes(lambda: [(X, slice(0, len(mean)))], mean[genes], start, rank)
    order = genes[np.argsort(-variance[genes], kind="stable")]
    return Spaces(mean, axes, np.sort(order[:N_PANEL]))
