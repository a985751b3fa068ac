"""Responders: conditions whose effect on expression is beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues
from foretell.core.filter import Filter
from foretell.core.seeds import rng_for
from foretell.data.filters.evidence import Groups, groups_of, log_view, matched_strata
from foretell.stats.axes import principal_scores, random_start
from foretell.stats.multiplicity import benjamini_hochberg
from foretell.stats.shift_test import shift_test

__all__ = ["EffectTests", "Responders", "control_mask", "effect_tests"]

RELATIVE = "a relative scale has no control observations to test against"
FEW_CONTROLS = "fewer than 2 control observations"


@dataclass(frozen=True, eq=False)
class EffectTests:
    """Tests of all perturbed conditions of a data set, in the order of `groups`.

    Parameters
    ----------
    groups : which observations were compared.
    distance2 : (n,) unbiased squared distance of the mean from the control mean, principal axes.
    spread : (n,) total variance of the controls on the same axes.
    p : (n,) permutation p-values; NaN where no test was possible.
    q : (n,) adjusted over the conditions that were tested.
    reason : (n,) why there was no test, or empty.
    """

    groups: Groups
    distance2: np.ndarray
    spread: np.ndarray
    p: np.ndarray
    q: np.ndarray
    reason: tuple[str, ...]


def effect_tests(
    dataset: Dataset, *, draws: int = 999, rank: int = 50, seed: int = 0
) -> EffectTests:
    """Test every condition against the controls of its context (`shift_test`), on leading axes.

    The axes are those of all observations together: they see no label, so permuting labels stays
    exact. Labels are permuted within blocks that controls share. Draws are seeded by the names of
    the data set and the condition.
    """
    view, groups = log_view(dataset), groups_of(dataset)
    n = len(groups.conditions)
    distance2, spread, p = np.full((3, n), np.nan)
    reason = [""] * n
    if dataset.scale.is_relative:
        return EffectTests(groups, distance2, spread, p, p.copy(), (RELATIVE,) * n)
    E = _embedded(view, rank)
    strata = matched_strata(dataset, groups)
    order = np.argsort(groups.codes, kind="stable")
    ends = np.searchsorted(groups.codes[order], np.arange(groups.n_groups + 1))
    rows = [order[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True)]
    for i, condition in enumerate(groups.conditions):
        control = rows[groups.control[i]] if groups.control[i] >= 0 else rows[i][:0]
        if len(control) < 2:
            reason[i] = FEW_CONTROLS
            continue
        rng = rng_for(test="effect", dataset=dataset.name, condition=condition, seed=seed)
        pair = (strata[rows[i]], strata[control])
        found = shift_test(E[rows[i]], E[control], draws, rng, pair)
        distance2[i], p[i] = found.distance2, found.p
        spread[i] = E[control].astype(np.float64).var(axis=0, ddof=1).sum()
    q = benjamini_hochberg(p) if n else p
    return EffectTests(groups, distance2, spread, p, q, tuple(reason))


def _embedded(view: Dataset, rank: int) -> np.ndarray:
    one = np.zeros(view.n_obs, dtype=np.int64)
    mean = view.moments(one, 1, squares=False).mean[0]
    start = random_start(view.genes, rank, rng_for(axes="effect"))
    return principal_scores(view.blocks, mean, start, view.n_obs, rank)


@dataclass(frozen=True)
class Responders(Filter):
    """Keep conditions whose effect on expression is beyond chance; controls always stay.

    It looks at the expression of conditions that a split will hold out, so it decides what is
    judged, never what is learned: scores on responders are scores on strong effects, and say so.
    Conditions that could not be tested are dropped.

    Parameters
    ----------
    fdr : false discovery rate over the conditions, in (0, 1).
    draws : permutations; with B of them no p-value is below 1 / (1 + B).
    """

    fdr: float = 0.05
    draws: int = 999
    reads_expression: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 < self.fdr < 1:
            raise BadValues(f"`fdr` is {self.fdr!r}", "give a rate between 0 and 1, such as 0.05")
        if type(self.draws) is not int or self.draws < 19:
            raise BadValues(f"`draws` is {self.draws!r}", "give a whole number from 19")

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for controls and for responding conditions."""
        if dataset.scale.is_relative:
            raise BadMapping(
                f"responders cannot be told on the scale '{dataset.scale}': {RELATIVE}",
                "drop the filter, or give the data on an absolute scale",
            )
        found = effect_tests(dataset, draws=self.draws)
        responds = np.nan_to_num(found.q, nan=1.0) < self.fdr
        return (
            control_mask(dataset)
            | np.append(responds, False)[np.minimum(found.groups.codes, len(responds))]
        )

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return f"in conditions without an effect at a false discovery rate of {self.fdr:g}"


def control_mask(dataset: Dataset) -> np.ndarray:
    """(n_obs,) True for control observations."""
    is_control = np.array([c.is_control for c in dataset.conditions], dtype=bool)
    mask: np.ndarray = is_control[dataset.codes]
    return mask
