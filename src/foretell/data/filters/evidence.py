"""Evidence: the view and the groups that questions about expression are asked in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.steps import Step
from foretell.data.preprocess import Log1p, Normalize, SelectVariable, fit_steps

__all__ = ["N_GENES", "Groups", "groups_of", "log_view", "matched_strata", "shares_blocks"]

N_GENES = 2000
SHARED = 0.9  # part of the treated cells whose block holds controls, for the block to match


@dataclass(frozen=True, eq=False)
class Groups:
    """Perturbed conditions, then the controls of every context.

    Parameters
    ----------
    conditions : perturbed conditions; group i is condition i.
    contexts : group ``len(conditions) + j`` are the controls of context j.
    codes : (n_obs,) group of every observation.
    n : (n_groups,) observations.
    control : (n_conditions,) group of each condition's controls, -1 where there are none.
    """

    conditions: tuple[Condition, ...]
    contexts: tuple[Context, ...]
    codes: np.ndarray
    n: np.ndarray
    control: np.ndarray

    @property
    def n_groups(self) -> int:
        """Number of groups, empty ones included."""
        return len(self.n)

    @property
    def control_n(self) -> np.ndarray:
        """(n_conditions,) control observations of each condition's context."""
        found: np.ndarray = np.where(self.control >= 0, self.n[self.control], 0)
        return found


def groups_of(dataset: Dataset) -> Groups:
    """Give numbers to the perturbed conditions and to the controls of the contexts.

    On a relative scale no observation is a control: the reference is an implicit 0.
    """
    place = {c: i for i, c in enumerate(dataset.perturbed)}
    context = {c: len(place) + j for j, c in enumerate(dataset.contexts)}
    relative = dataset.scale.is_relative
    group = np.full(max(len(dataset.conditions), 1), -1, dtype=np.int64)
    for i, c in enumerate(dataset.conditions):
        if c in place:
            group[i] = place[c]
        elif c.is_control and c.context in context and not relative:
            group[i] = context[c.context]
    codes = group[dataset.codes]
    n = np.bincount(codes[codes >= 0], minlength=len(place) + len(context))
    control = np.array([context[c.context] for c in place], dtype=np.int64)
    control = np.where(n[control] > 0, control, -1) if len(control) else control
    return Groups(dataset.perturbed, dataset.contexts, codes, n, control)


def log_view(dataset: Dataset, n_genes: int | None = N_GENES) -> Dataset:
    """Return the data on a logarithmic scale, with the most variable genes and all targets.

    Counts are scaled to the median library size and log1p is taken; normalised values are logged;
    log1p, intensity and relative values stay. Steps are applied as blocks are read, so nothing is
    copied. The selection looks at no label. `None` keeps all genes.
    """
    steps: list[Step] = []
    if dataset.scale.is_counts:
        steps.append(Normalize("median"))
    if dataset.scale.family in ("counts", "normalized"):
        steps.append(Log1p())
    targets = {t for c in dataset.perturbed for t in c.perturbation.targets}
    n_extra = len(targets.intersection(dataset.genes))  # they come on top: a view is its own view
    if n_genes is not None and len(dataset.genes) > n_genes + n_extra:
        steps.append(SelectVariable(n_genes, keep_targets=True))
    return dataset.with_steps(fit_steps(steps, dataset)) if steps else dataset


def shares_blocks(dataset: Dataset, groups: Groups, column: str) -> bool:
    """Tell whether treated cells stand in blocks that hold controls of their context too."""
    block = _block_codes(dataset, column)
    is_control = groups.codes >= len(groups.conditions)
    if not is_control.any() or is_control.all():
        return False
    context = _context_codes(groups)
    pair = block * (context.max() + 1) + context
    treated = pair[(groups.codes >= 0) & ~is_control]
    return bool(np.isin(treated, pair[is_control]).mean() >= SHARED)


def matched_strata(dataset: Dataset, groups: Groups) -> np.ndarray:
    """(n_obs,) code of the blocks that controls share (batch, plate); guides are not among them.

    Labels are permuted within these, so that a batch with more of one group is no effect.
    """
    strata = np.zeros(dataset.n_obs, dtype=np.int64)
    for column in dataset.mapping.blocks:
        if shares_blocks(dataset, groups, column):
            block = _block_codes(dataset, column)
            strata = np.unique(strata * (block.max() + 1) + block, return_inverse=True)[1]
    return strata


def _block_codes(dataset: Dataset, column: str) -> np.ndarray:
    values = dataset.obs[column].iloc[dataset.rows].astype(str).to_numpy(dtype=str)
    codes: np.ndarray = np.unique(values, return_inverse=True)[1]
    return codes


def _context_codes(groups: Groups) -> np.ndarray:
    """(n_obs,) context of every observation."""
    place = {c: j for j, c in enumerate(groups.contexts)}
    of_group = np.array([place[c.context] for c in groups.conditions] + list(range(len(place))))
    found: np.ndarray = of_group[groups.codes] if len(of_group) else np.zeros(0, dtype=np.int64)
    return found
