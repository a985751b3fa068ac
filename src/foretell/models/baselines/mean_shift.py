"""Mean shift: averages of training shifts, shared by the baselines."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from foretell.core.profiles import Profiles

__all__ = ["group_means", "left_out_means", "look_up", "mean_shift"]


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


def left_out_means(
    profiles: Profiles, keys: Sequence[Hashable] | None = None, weight: str = "condition"
) -> np.ndarray:
    """Return (n_conditions, n_genes): the mean shift of each condition's group without itself.

    One group of all conditions where there are no keys. A condition that is alone in its group,
    or the only one of it that was measured, gets NaN.
    """
    weights = np.ones(len(profiles.n)) if weight == "condition" else profiles.n.astype(float)
    kinds = list(dict.fromkeys(keys)) if keys is not None else [None]
    code = {key: i for i, key in enumerate(kinds)}
    group = np.array([code[key] for key in (keys or [None] * len(weights))], dtype=np.int64)
    measured = ~np.isnan(profiles.S)
    mass = weights[:, None] * measured
    sums = mass * np.where(measured, profiles.S, 0.0)
    total_mass = np.zeros((len(kinds), profiles.S.shape[1]))
    total = np.zeros_like(total_mass)
    np.add.at(total_mass, group, mass)
    np.add.at(total, group, sums)
    rest = total_mass[group] - mass
    is_there = rest > 1e-9 * total_mass[group]
    return np.where(is_there, (total[group] - sums) / np.where(is_there, rest, 1.0), np.nan)
