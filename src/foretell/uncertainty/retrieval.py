"""Retrieval: which perturbations may have caused an observed profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit, UnknownName
from foretell.core.model import Model
from foretell.core.profiles import Profiles
from foretell.core.query import Query
from foretell.stats.conformal.quantile import conformal_quantile, fewest_units
from foretell.stats.correlation import cosine_distances

__all__ = ["RetrievalSets", "retrieval_sets"]


@dataclass(frozen=True, eq=False)
class RetrievalSets:
    """Sets of candidates, one per observed profile.

    Parameters
    ----------
    members : (m, n_candidates) True where the candidate is in the set.
    distance : (m, n_candidates) cosine distance of observed and predicted shift.
    k : size of the sets, but for ties; all candidates where calibration is too small.
    coverage : share of profiles whose true perturbation is in its set.
    n_calibration : calibration conditions that k was taken from.
    reason : why the sets hold everything, or empty.
    """

    members: np.ndarray
    distance: np.ndarray
    k: int
    coverage: float
    n_calibration: int
    reason: str = ""


def retrieval_sets(
    model: Model,
    calibration: Dataset,
    candidates: Query,
    observed: ArrayLike,
    coverage: float = 0.9,
) -> RetrievalSets:
    """Return, for every observed shift, the candidates that may have caused it.

    A calibration condition ranks its own prediction among those of all candidates, by cosine
    distance to its measured shift; ties count as nearer. k is the conformal quantile of these
    ranks, and the set of an observed profile is its k nearest candidates. The true perturbation is
    in it with probability >= coverage if it is a candidate, and if calibration conditions are like
    the observed ones. A model that cannot tell perturbations apart gets sets of everything.

    Parameters
    ----------
    model : fitted.
    calibration : conditions that it was not trained on, with controls, in the context of the
        candidates.
    candidates : rows of one context; all perturbations that are thought possible.
    observed : (m, n_genes) measured shifts from control.
    coverage : in (0, 1).

    Raises
    ------
    UnknownName
        If candidates stand in several contexts.
    EmptySplit
        If no calibration condition stands in their context.

    Notes
    -----
    Cost: O((n_calibration + m) n_candidates n_genes). Source: vovk2005.
    """
    contexts = {row.context for row in candidates.rows}
    if len(contexts) != 1:
        raise UnknownName(
            f"the candidates stand in {len(contexts)} contexts", "ask context by context"
        )
    context = next(iter(contexts))
    profiles = calibration.profiles()
    here = np.array([c.context == context for c in profiles.conditions], dtype=bool)
    if not here.any():
        raise EmptySplit(f"no calibration condition in {context}", "calibrate in that context")
    held = profiles.rows(here)
    own = model.predict(Query.of(calibration, held.conditions)).shift
    others = model.predict(candidates).shift
    known = np.isfinite(others).all(axis=0) & np.isfinite(held.S).all(axis=0)
    ranks = _ranks(held, own, others, known, candidates)
    k = float(conformal_quantile(ranks, coverage))
    distance = cosine_distances(np.asarray(observed, dtype=float)[:, known], others[:, known])
    n, reason = len(others), ""
    if not np.isfinite(k):
        reason = f"{len(ranks)} calibration conditions, {fewest_units(coverage)} are needed"
    size = int(min(k, n))
    reach = np.partition(distance, size - 1, axis=1)[:, size - 1 : size]
    return RetrievalSets(distance <= reach, distance, size, coverage, len(ranks), reason)


def _ranks(
    held: Profiles, own: np.ndarray, others: np.ndarray, known: np.ndarray, candidates: Query
) -> np.ndarray:
    """(n,) rank, from 1, of the own prediction among those of the candidates, ties last."""
    to_others = cosine_distances(held.S[:, known], others[:, known])
    place = {row.perturbation: j for j, row in enumerate(candidates.rows)}
    ranks = np.empty(len(own))
    for i, condition in enumerate(held.conditions):
        mine = cosine_distances(held.S[i : i + 1, known], own[i : i + 1, known])[0, 0]
        rivals = to_others[i]
        if condition.perturbation in place:
            rivals = np.delete(rivals, place[condition.perturbation])
        ranks[i] = 1 + np.count_nonzero(rivals <= mine + 1e-12)
    return ranks
