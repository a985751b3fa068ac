"""Halves: random halves of the held-out observations of every condition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.halves import halve
from foretell.core.seeds import rng_for

__all__ = ["half_rows"]


def half_rows(
    dataset: Dataset,
    conditions: Sequence[Condition],
    codes: np.ndarray,
    halves: int,
    repeat: int,
    seed: int,
) -> list[np.ndarray]:
    """Return, per half, True for the observations that scores are taken against.

    Parameters
    ----------
    conditions : m conditions; each is divided by a draw of its own, stratified by block.
    codes : (n_obs,) position of the condition of each observation, -1 = in none.
    halves : how many times.
    repeat, seed : axes of the draw.

    Returns
    -------
    `halves` arrays (n_obs,). A condition with one observation is in every half.
    """
    first = [np.zeros(dataset.n_obs, dtype=bool) for _ in range(halves)]
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(conditions) + 1))
    for i, condition in enumerate(conditions):
        rows = order[bounds[i] : bounds[i + 1]]
        rng = rng_for(
            dataset=dataset.name, truth=condition, where=condition.context, repeat=repeat, seed=seed
        )
        for half in first:
            half[rows] = halve(dataset.block_codes[rows], rng) if len(rows) > 1 else True
    return first
