"""Effects: how many conditions differ from their controls, on profiles streamed in one pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.matrix import Matrix
from foretell.core.moments import GroupMoments
from foretell.data.preprocess import Log1p, Normalize
from foretell.stats.gene_tests import gene_tests

__all__ = ["Effects", "count_effects", "too_much", "untestable"]

ENOUGH_GENES = 5
MOST_STORED = 120_000_000  # stored values that are read in a few seconds
MOST_MOMENTS = 40_000_000  # conditions x genes kept in memory at once
FEWEST_CELLS = 10


@dataclass(frozen=True)
class Effects:
    """What a moderated t test of every condition against the controls of its context finds.

    Parameters
    ----------
    n_tested : conditions with at least 10 cells whose context has as many controls.
    n_differ : of these, conditions with at least 5 differential genes (FDR 0.05).
    median_genes : differential genes of the median condition.
    why_not : why nothing was tested.
    """

    n_tested: int = 0
    n_differ: int = 0
    median_genes: float = 0.0
    why_not: str = ""


def too_much(dataset: Dataset, matrix: Any) -> str:
    """Say why the test would take too long, or nothing."""
    if untestable(dataset):
        return untestable(dataset)
    stored = _stored(matrix)
    if stored > MOST_STORED:
        return f"{stored / 1e6:.0f} million values would be read; --full does it"
    moments = len(dataset.present) * len(dataset.genes)
    if moments > MOST_MOMENTS:
        return f"{moments / 1e6:.0f} million means would be kept in memory; --full does it"
    return ""


def untestable(dataset: Dataset) -> str:
    """Say why there is nothing to test, or nothing."""
    if dataset.scale.is_relative:
        return "the values are effects already"
    if dataset.mapping.observation != "cells":
        return "samples: a test within a condition needs cells"
    return ""


def _stored(matrix: Any) -> int:
    if hasattr(matrix, "group"):
        return int(matrix.group["data"].shape[0])
    return int(getattr(matrix, "nnz", np.prod([int(s) for s in matrix.shape])))


def count_effects(dataset: Dataset, matrix: Any) -> Effects:
    """Stream means and variances of all conditions; counts are normalised and logged first."""
    on_disk = hasattr(matrix, "group") or type(matrix).__module__.startswith(("h5py", "zarr"))
    if on_disk and getattr(matrix, "format", "csr") != "csr":
        return Effects(why_not="the matrix is stored by genes (CSC) on disk")
    data = replace(dataset, matrix=Matrix(matrix, on_disk))
    family = data.scale.family
    steps = {"counts": (Normalize(), Log1p()), "normalized": (Log1p(),)}.get(family, ())
    data = data.with_steps(steps)
    moments = data.moments(data.codes, len(data.conditions))
    return _tested(data, moments)


def _tested(data: Dataset, moments: GroupMoments) -> Effects:
    n = moments.n
    genes = []
    for context in data.contexts:
        here = [i for i, c in enumerate(data.conditions) if c.context == context and n[i]]
        control = [i for i in here if data.conditions[i].is_control]
        treated = [i for i in here if i not in control and n[i] >= FEWEST_CELLS]
        if not control or n[control[0]] < FEWEST_CELLS or not treated:
            continue
        c, mean, variance = control[0], moments.mean, moments.variance
        mask = np.ones((len(treated), mean.shape[1]), dtype=bool)
        tests = gene_tests(
            mean[treated], variance[treated], n[treated], mean[c], variance[c], int(n[c]), mask
        )
        genes.extend(tests.called.sum(axis=1).tolist())
    if not genes:
        return Effects(why_not=f"no condition and its controls have {FEWEST_CELLS} cells")
    found = np.array(genes)
    return Effects(len(found), int((found >= ENOUGH_GENES).sum()), float(np.median(found)))
