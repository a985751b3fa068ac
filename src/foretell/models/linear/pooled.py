"""Pooled: one shift per perturbation, averaged over contexts, for models that share it."""

from __future__ import annotations

import numpy as np

from foretell.core.perturbation import Perturbation
from foretell.core.profiles import Profiles

__all__ = ["pool_contexts", "to_conditions"]


def pool_contexts(
    profiles: Profiles,
) -> tuple[tuple[Perturbation, ...], np.ndarray, np.ndarray]:
    """Average the shifts of each perturbation over its contexts.

    Leaving a row of the result out leaves the whole perturbation out; with one row per condition
    the same perturbation in another context would give the answer away.

    Returns
    -------
    Perturbations (n,), mean shifts (n, n_genes), and the number of contexts of each (n,).
    """
    perturbations = tuple(sorted({c.perturbation for c in profiles.conditions}, key=str))
    position = {p: i for i, p in enumerate(perturbations)}
    index = np.array([position[c.perturbation] for c in profiles.conditions])
    n_contexts = np.bincount(index, minlength=len(perturbations))
    if len(perturbations) == len(index):
        return perturbations, profiles.S_filled[np.argsort(index)], n_contexts
    total = np.zeros((len(perturbations), profiles.S.shape[1]))
    np.add.at(total, index, profiles.S_filled)
    return perturbations, total / n_contexts[:, None], n_contexts


def to_conditions(
    profiles: Profiles, perturbations: tuple[Perturbation, ...], shift: np.ndarray
) -> np.ndarray:
    """Return mean profiles (n_conditions, n_genes) from shifts per perturbation."""
    position = {p: i for i, p in enumerate(perturbations)}
    index = np.array([position[c.perturbation] for c in profiles.conditions])
    mean: np.ndarray = profiles.control[profiles.context_index] + shift[index]
    return mean
