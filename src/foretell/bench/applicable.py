"""Applicable: what the data of a group cannot carry, metric by metric, with the reason."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from foretell.bench.groups import Group
from foretell.bench.measured import tests_of
from foretell.core.metric import Metric

__all__ = ["MIN_CELLS", "MIN_DIFFERENTIAL", "MIN_POOL", "not_applicable"]

MIN_POOL = 5  # conditions, below which retrieval says nothing
MIN_DIFFERENTIAL = 5  # genes, below which a ranking of differential genes says nothing
MIN_TESTED = 4  # observations, below which no test is possible
MIN_CELLS = 10  # held-out cells, below which a distance between populations says nothing


def not_applicable(metric: Metric, group: Group) -> np.ndarray:
    """(n,) why the data cannot carry the metric, or empty."""
    reasons = np.full(len(group.conditions), "", dtype=object)
    reasons[:] = _for_all(metric, group)
    if reasons[0] == "":
        for i in range(len(reasons)):
            reasons[i] = _for_one(metric, group, i)
    return reasons


def _for_all(metric: Metric, group: Group) -> str:
    data, needs = group.fold.data, metric.needs
    n_pool, n_here = len(group.pool), len(group.conditions)
    together = metric.level != "condition" or "predicted_pool" in needs
    checks = (
        (data.scale.is_relative and not metric.accepts_relative, "not defined on a relative scale"),
        (
            bool(data.censored) and not metric.accepts_censored,
            "not defined where only listed values were observed",
        ),
        (
            "labels" in needs and not _has_labels(group),
            'defined for labels of change only (scale = "sign", or censored)',
        ),
        (
            "pool" in needs and n_pool < MIN_POOL,
            f"fewer than {MIN_POOL} conditions to choose among ({n_pool})",
        ),
        (
            together and n_here < MIN_POOL,
            f"fewer than {MIN_POOL} conditions of a fold and context together ({n_here})",
        ),
        (
            bool(needs & {"cells", "panel"}) and group.fold.cells is None,
            "populations are compared where observations are cells on an absolute scale",
        ),
        (
            "tests" in needs and not group.truth_control.n,
            "no test without controls",
        ),
        ("train" in needs and not _is_trained(group), "no training condition in this context"),
        (
            "phenotypes" in needs and not group.fold.rules.phenotype,
            "the data set names no `phenotype`",
        ),
        ("gene_sets" in needs and not group.fold.rules.gene_sets, "the study names no `gene_sets`"),
    )
    return next((reason for fails, reason in checks if fails), "")


def _for_one(metric: Metric, group: Group, i: int) -> str:
    n = int(group.fold.truth.n[group.rows[i]])
    if "tests" in metric.needs:
        if n < MIN_TESTED:
            return f"no test possible with {n} observations"
        count = int(_n_differential(group)[i])
        if (
            count < MIN_DIFFERENTIAL and "calls" not in metric.needs
        ):  # false calls are what is asked
            return f"fewer than {MIN_DIFFERENTIAL} differential genes ({count})"
    if metric.needs & {"cells", "panel"} and n < MIN_CELLS:
        return f"fewer than {MIN_CELLS} held-out cells ({n})"
    if "parts" in metric.needs and group.parts is not None:
        if group.conditions[i].perturbation.order < 2:
            return "not a combination"
        if not np.isfinite(group.parts.total[i]).any():
            return "a part of the combination was not measured alone"
    return ""


def _has_labels(group: Group) -> bool:
    """Tell whether a 0 says "did not change": in signs, and in lists of what changed."""
    data = group.fold.data
    return data.scale.family == "sign" or data.mapping.censored == "small"


def _is_trained(group: Group) -> bool:
    return any(c.context == group.context for c in group.fold.train.conditions)


@lru_cache(maxsize=4)
def _n_differential(group: Group) -> np.ndarray:
    """(n,) differential genes among all held-out cells, by the metric's own test."""
    moments = group.fold.truth.moments(None, group.rows)
    tests = tests_of(group, moments, group.truth_control, group.mask)
    count: np.ndarray = tests.called.sum(axis=1)
    return count
