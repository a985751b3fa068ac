"""ControlHalves: one half of the controls for models, the other for the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.core.context import Context

__all__ = ["ControlHalves", "halve", "stratified"]


@dataclass(frozen=True, eq=False)
class ControlHalves:
    """Observations of the controls of one context, as positions in the data file.

    Parameters
    ----------
    context : whose controls.
    model : (n_model,) positions that training data, queries and predicted shifts may use.
    truth : (n_truth,) positions that only the true shift may use.
    shared : True where there were too few to divide: both are the same observations, and every
        score of the context is marked ``shared control``.
    """

    context: Context
    model: np.ndarray
    truth: np.ndarray
    shared: bool


def halve(strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Divide observations at random into halves of equal size within every stratum.

    Parameters
    ----------
    strata : (n,) integer codes; halves differ by at most one per stratum, and odd ones out
        alternate, so that the halves differ by at most one in all.

    Returns
    -------
    (n,) booleans, True for the first half.
    """
    first = np.zeros(len(strata), dtype=bool)
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    first[order[::2]] = True
    return first if rng.random() < 0.5 else ~first


def stratified(strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Order observations at random so that every stretch has its part of every stratum.

    The first n of them hold each stratum of size s with n s / len(strata) of its members, give
    or take one.

    Parameters
    ----------
    strata : (n,) integer codes.

    Returns
    -------
    (n,) positions.
    """
    n = len(strata)
    order = rng.permutation(n)
    order = order[np.argsort(strata[order], kind="stable")]
    _, start, size = np.unique(strata[order], return_index=True, return_counts=True)
    place = (np.arange(n) - np.repeat(start, size) + rng.random(len(size)).repeat(size)) / (
        np.repeat(size, size)
    )
    ranked: np.ndarray = order[np.argsort(place, kind="stable")]
    return ranked
