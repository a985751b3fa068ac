"""Ranking metrics: whether a prediction points at its own perturbation among all others."""

from __future__ import annotations

import numpy as np

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Truth, metric
from foretell.stats.correlation import cosine_distances, is_flat
from foretell.stats.ranking import midrank_fraction

__all__ = ["pds_cosine"]


@metric(
    formula="1 - rank / (P - 1), rank (0-based, mid-rank ties) of the true shift among the true "
    "shifts of all P conditions of the context, by cosine distance to the predicted shift; every "
    "gene that a competitor targets is left out for all",
    higher_is_better=True,
    best=1.0,
    chance=0.5,
    needs=frozenset({"pool"}),
    reference="adduri2025",
)
def pds_cosine(truth: Truth, answer: Answer) -> np.ndarray:
    """Perturbation discrimination score by cosine distance: 1 is best, 0.5 is chance exactly.

    A zero or constant predicted shift ties with everything and scores 0.5. NaN where no gene is
    left.
    """
    if truth.pool is None or truth.own is None or truth.pool_mask is None:
        raise ForetellError("pds_cosine needs a pool of conditions", "score a whole repeat at once")
    if not truth.pool_mask.any():
        return np.full(len(answer.mean), np.nan)
    predicted = answer.shift[:, truth.pool_mask]
    distances = cosine_distances(predicted, truth.pool[:, truth.pool_mask])
    everything = np.ones(predicted.shape, dtype=bool)
    size = float(np.abs(answer.mean).max(initial=0.0))
    distances[is_flat(predicted, everything, size)] = 1.0
    return midrank_fraction(distances, truth.own)
