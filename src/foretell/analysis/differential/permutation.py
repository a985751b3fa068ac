"""Permutation: who was treated, exchanged within the batches that controls share."""

from __future__ import annotations

import numpy as np

from foretell.analysis.differential.results import Results
from foretell.core.dataset import Dataset
from foretell.core.seeds import rng_for
from foretell.data.filters.evidence import Groups, matched_strata
from foretell.stats.permutation_tests import permutation_tests

__all__ = ["permutation"]


def permutation(view: Dataset, groups: Groups, draws: int, seed: int) -> Results:
    """Test every condition by permutation; draws are seeded by data set and condition.

    The controls of one context, and the observations of one condition, are in memory at a time.
    """
    results = Results.empty(len(groups.conditions), len(view.genes), "permutation")
    strata, reasons = matched_strata(view, groups), [""] * len(groups.conditions)
    for control in np.unique(groups.control[groups.control >= 0]):
        rows = np.flatnonzero(groups.codes == control)
        Y = view.take(rows).values()
        for k in np.flatnonzero(groups.control == control):
            treated = np.flatnonzero(groups.codes == k)
            if len(treated) + len(rows) < 3:
                reasons[k] = "fewer than 3 observations in all"
                continue
            rng = rng_for(
                test="genes", dataset=view.name, condition=groups.conditions[k], seed=seed
            )
            pair = (strata[treated], strata[rows])
            found = permutation_tests(view.take(treated).values(), Y, draws, rng, pair)
            results.put(np.array([k]), found.t, found.p)
    results.reasons = tuple(reasons)
    return results.explained(groups)
