"""Ranks: rank-sum tests of all conditions of a context from one sort."""

from __future__ import annotations

import numpy as np

from foretell.analysis.differential.results import Results
from foretell.core.dataset import Dataset
from foretell.data.filters.evidence import Groups
from foretell.stats.rank_sum.blocks import BUCKET_VALUES, rank_sum_blocks, rank_sum_matrix

__all__ = ["wilcoxon"]


def wilcoxon(
    view: Dataset, groups: Groups, bucket_values: int | None = None, threads: int | None = None
) -> Results:
    """Test every condition against the controls of its context; each context is one pass."""
    n, g = len(groups.conditions), len(view.genes)
    results = Results.empty(n, g, "Wilcoxon rank-sum")
    budget = bucket_values or BUCKET_VALUES
    for control in np.unique(groups.control[groups.control >= 0]):
        at = np.flatnonzero(groups.control == control)
        local = np.full(groups.n_groups + 1, -1, dtype=np.int64)
        local[at] = np.arange(len(at))
        codes, is_control = local[groups.codes], groups.codes == control
        if view.steps:
            rows = np.flatnonzero((codes >= 0) | is_control)
            blocks = view.take(rows).blocks()
            found = rank_sum_blocks(
                blocks,
                g,
                codes[rows],
                len(at),
                is_control[rows],
                bucket_values=budget,
                threads=threads,
            )
        else:
            n_file = view.matrix.shape[0]
            whole, whole_control = np.full(n_file, -1), np.zeros(n_file, dtype=bool)
            whole[view.rows], whole_control[view.rows] = codes, is_control
            found = rank_sum_matrix(
                view.matrix,
                whole,
                len(at),
                whole_control,
                bucket_values=budget,
                threads=threads,
            )
        results.put(at, found.z, found.p)
    return results.explained(groups)
