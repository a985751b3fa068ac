"""Measured: what metrics see of the held-out observations of a group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from foretell.bench.groups import Group
from foretell.bench.phenotypes import phenotypes
from foretell.bench.truth import ControlMoments, Moments
from foretell.core.gene_tests import GeneTests
from foretell.core.metric import Truth
from foretell.stats.gene_tests import gene_tests

__all__ = ["shared_truth", "tests_of", "truth_of"]


def truth_of(group: Group, half: int | None) -> Truth:
    """Return what metrics see of one half of the held-out observations, or (None) of all.

    A gene counts where both halves measured it, so that answers and duplicate are scored on the
    same genes.
    """
    held, rows, needs = group.fold.truth, group.rows, group.fold.rules.needs
    moments, control = held.moments(half, rows), group.truth_control
    mask = group.mask & np.isfinite(moments.mean)
    if half is not None:
        again = held.has_other(half, rows)
        mask &= again | ~again.any(axis=1, keepdims=True)  # without another half: no duplicate
    optional: dict[str, Any] = {}
    if "pool" in needs:
        pool = held.means(half, group.pool)
        optional["pool"] = np.nan_to_num(pool) - control.mean
        optional["own"] = np.searchsorted(group.pool, rows)
        optional["pool_mask"] = group.pool_mask & np.isfinite(pool).all(axis=0)
    if "tests" in needs and control.n:
        optional["tests"] = tests_of(group, moments, control, mask)
    return Truth(
        mean=np.nan_to_num(moments.mean),
        control=control.mean,
        reference=group.references[0],
        mask=mask,
        n_obs=moments.n,
        variance=moments.variance,
        detected=moments.detected,
        control_variance=control.variance,
        control_n=control.n,
        **optional,
        **_context(group),
        **_cells(group, half),
    )


def tests_of(
    group: Group, moments: Moments, control: ControlMoments, mask: np.ndarray
) -> GeneTests:
    """Test some observations of a group against one half of the controls."""
    return gene_tests(
        moments.mean,
        moments.variance,
        moments.n,
        control.mean,
        control.variance,
        control.n,
        mask,
        test=group.fold.rules.test,
    )


def shared_truth(truth: Truth, group: Group) -> Truth:
    """Return the same truth from the controls of the ``model`` half: what sharing them gives."""
    control = group.model_control
    moved: dict[str, Any] = {"control": control.mean, "control_n": control.n}
    moved["control_variance"] = control.variance
    if truth.pool is not None:
        moved["pool"] = truth.pool + (truth.control - control.mean)
    if truth.tests is not None and truth.variance is not None:
        moments = Moments(truth.mean, truth.variance, truth.variance, truth.n_obs)
        moved["tests"] = tests_of(group, moments, control, truth.mask)
    return replace(truth, **moved)


def _context(group: Group) -> dict[str, Any]:
    """Return training shifts, parts and gene sets, as far as metrics ask for them."""
    fold, needs = group.fold, group.fold.rules.needs
    found: dict[str, Any] = {}
    if "train" in needs:
        here = np.array([c.context == group.context for c in fold.train.conditions], dtype=bool)
        if here.any():
            found["train"] = np.nan_to_num(fold.train.Y[here]) - group.truth_control.mean
    if group.parts is not None:
        found |= {"parts": group.parts.total, "part_shifts": group.parts.pair}
    if "phenotypes" in needs and fold.rules.phenotype:
        found["phenotypes"] = phenotypes(group)
    if "gene_sets" in needs and fold.rules.gene_sets:
        genes = fold.data.genes
        sets = [np.isin(genes, sorted(members)) for members in fold.rules.gene_sets.values()]
        found["gene_sets"] = np.array(sets)
    return found


def _cells(group: Group, half: int | None) -> dict[str, Any]:
    held = group.fold.cells
    if held is None:
        return {}
    keep = None if half is None else held.first[half]
    cells, panel = held.population(group.rows, group.context, "truth", keep)
    return {"cells": cells, "panel": panel}
