"""Mean shift: averages of training shifts, shared by the baselines."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from foretell.core.profiles import Profiles

__all__ = ["group_means", "look_up", "mean_shift"]


def mean_shift(profiles: Profiles, weight: str = "condition") -> np.ndarray:
    """Return the mean training shift (n_genes,), one vote per condition or per observation.

    Values that were not measured do not count; a gene that was never measured has shift 0.
    """
    weights = np.ones(len(profiles.n)) if weight == "condition" else profiles.n.astype(float)
    measured = ~np.isnan(profiles.S)
    total = (weights[:, None] * np.where(measured, profiles.S, 0.0)).sum(axis=0)
    mean: np.ndarray = total / np.maximum((weights[:, None] * measured).sum(axis=0), 1e-300)
    return mean


def group_means(
    profiles: Profiles, keys: Sequence[Hashable], weight: str = "condition"
) -> dict[Hashable, np.ndarray]:
    """Return the mean shift (n_genes,) of every group of conditions, by key."""
    members: dict[Hashable, list[int]] = {}
    for i, key in enumerate(keys):
        members.setdefault(key, []).append(i)
    return {key: mean_shift(profiles.rows(np.array(m)), weight) for key, m in members.items()}


def look_up(
    table: dict[Hashable, np.ndarray], keys: Sequence[Hashable], fallback: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return shifts (n, n_genes) by key, and True where the fallback (n_genes,) stands in."""
    missing = np.array([key not in table for key in keys], dtype=bool)
    shift = np.array([table.get(key, fallback) for key in keys]).reshape(len(keys), len(fallback))
    return shift, missing
