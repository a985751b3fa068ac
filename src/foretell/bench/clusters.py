"""Clusters: which conditions are no independent evidence and are resampled together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MIN_CLUSTERS", "with_clusters"]

MIN_CLUSTERS = 8  # below which resampling says nothing


def with_clusters(frame: pd.DataFrame) -> pd.DataFrame:
    """Decide, for one data set under one task, what the unit of resampling is.

    Conditions of one perturbation (in several contexts, at several doses or times) form a
    cluster. Where fewer than eight perturbations were tested, and there are more contexts than
    perturbations, such as one ligand on eight cell types, a context is a cluster instead: it is
    what the data repeat.

    Parameters
    ----------
    frame : rows of an evaluation; `cluster` names the targets.
    """
    n_targets, n_contexts = frame["cluster"].nunique(), frame["context"].nunique()
    if n_targets < MIN_CLUSTERS and n_contexts > n_targets:
        return frame.assign(cluster=frame["context"])
    return frame
