"""Carve: divide conditions by whole units, so that no unit stands on two sides."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit
from foretell.core.ladder import without_dose

__all__ = ["carve", "draw_folds", "without"]


def draw_folds(keys: Iterable[Hashable], folds: int, rng: np.random.Generator) -> np.ndarray:
    """Return the fold (n,) of every row; rows of one key share it, folds differ by one key."""
    rows = [str(key) for key in keys]
    distinct = sorted(set(rows))
    place = np.empty(len(distinct), dtype=np.int64)
    place[rng.permutation(len(distinct))] = np.arange(len(distinct)) % max(folds, 1)
    at = dict(zip(distinct, place, strict=True))
    return np.array([at[key] for key in rows], dtype=np.int64)


def without(data: Dataset, conditions: Iterable[Condition]) -> Dataset:
    """Return a data set without some perturbed conditions; controls stay."""
    gone = set(conditions)
    return data.subset(c for c in data.present if c.is_control or c not in gone)


def carve(data: Dataset, share: float, rng: np.random.Generator) -> tuple[Dataset, Dataset | None]:
    """Hold whole perturbations out, with all their doses and contexts; both parts keep controls.

    Returns (kept, held); held is None where there are too few perturbations to spare any.
    """
    keys = [without_dose(c.perturbation) for c in data.perturbed]
    n = len({str(key) for key in keys})
    n_held = round(share * n)
    if n_held < 1 or n - n_held < 2:
        return data, None
    order = draw_folds(keys, n, rng)  # every perturbation its own number, at random
    held = [c for c, at in zip(data.perturbed, order, strict=True) if at < n_held]
    kept = without(data, held)
    if not kept.perturbed:
        raise EmptySplit(f"no condition of '{data.name}' is left to train on", "train on more")
    return kept, data.subset([*held, *(c for c in data.present if c.is_control)])
