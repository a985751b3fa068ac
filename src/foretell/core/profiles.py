"""Profiles: the mean response of every condition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.scale import Scale

if TYPE_CHECKING:
    from foretell.core.dataset import Dataset

__all__ = ["Profiles", "doses", "profiles_of"]


@dataclass(frozen=True, eq=False)
class Profiles:
    """Mean profiles of perturbed conditions and of the controls of their contexts.

    Parameters
    ----------
    conditions : perturbed conditions, in the order of the rows below.
    Y : (n_conditions, n_genes) mean profile; NaN where no observation measured the gene.
    n : (n_conditions,) observations per condition.
    contexts : distinct contexts.
    context_index : (n_conditions,) position of each condition's context in `contexts`.
    control : (n_contexts, n_genes) control mean; 0 on a relative scale.
    control_n : (n_contexts,) control observations; 0 on a relative scale.
    genes : (n_genes,) names.
    scale : scale of the values.
    """

    conditions: tuple[Condition, ...]
    Y: np.ndarray
    n: np.ndarray
    contexts: tuple[Context, ...]
    context_index: np.ndarray
    control: np.ndarray
    control_n: np.ndarray
    genes: np.ndarray
    scale: Scale

    @cached_property
    def S(self) -> np.ndarray:
        """(n_conditions, n_genes) shifts: `Y` minus the control mean of the same context."""
        S: np.ndarray = self.Y - self.control[self.context_index]
        return S

    @cached_property
    def S_filled(self) -> np.ndarray:
        """`S` with unmeasured values replaced by the gene's mean shift (0 where never measured)."""
        missing = np.isnan(self.S)
        if not missing.any():
            return self.S
        count = (~missing).sum(axis=0)
        mean = np.where(missing, 0.0, self.S).sum(axis=0) / np.maximum(count, 1)
        return np.where(missing, mean, self.S)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Distinct targets of all conditions, sorted."""
        return tuple(sorted({t for c in self.conditions for t in c.perturbation.targets}))

    @cached_property
    def D(self) -> np.ndarray:
        """(n_conditions, n_targets) doses; 1 where the screen gives none."""
        return doses(self.conditions, self.targets)

    def rows(self, keep: np.ndarray) -> Profiles:
        """Return the profiles of some conditions (mask or positions)."""
        positions = np.arange(len(self.conditions))[keep]
        return Profiles(
            conditions=tuple(self.conditions[i] for i in positions),
            Y=self.Y[positions],
            n=self.n[positions],
            contexts=self.contexts,
            context_index=self.context_index[positions],
            control=self.control,
            control_n=self.control_n,
            genes=self.genes,
            scale=self.scale,
        )


def doses(conditions: tuple[Condition, ...], targets: tuple[str, ...]) -> np.ndarray:
    """Return (n_conditions, n_targets) doses; targets that are not listed are left out."""
    column = {target: j for j, target in enumerate(targets)}
    D = np.zeros((len(conditions), len(targets)))
    for i, condition in enumerate(conditions):
        for component in condition.perturbation.components:
            j = column.get(component.target)
            if j is not None:
                D[i, j] += 1.0 if component.dose is None else component.dose
    return D


def profiles_of(dataset: Dataset) -> Profiles:
    """Stream the mean profile of every condition and of the controls of every context."""
    position = {c: i for i, c in enumerate(dataset.present)}
    code = np.array([position.get(c, -1) for c in dataset.conditions], dtype=np.int64)
    moments = dataset.moments(code[dataset.codes], len(dataset.present), squares=False)
    contexts = {context: i for i, context in enumerate(dataset.contexts)}
    control = np.zeros((len(contexts), len(dataset.genes)))
    control_n = np.zeros(len(contexts), dtype=np.int64)
    for condition in dataset.present:
        if condition.is_control and not dataset.scale.is_relative:
            control[contexts[condition.context]] = moments.mean[position[condition]]
            control_n[contexts[condition.context]] = moments.n[position[condition]]
    chosen = [position[c] for c in dataset.perturbed]
    return Profiles(
        conditions=dataset.perturbed,
        Y=moments.mean[chosen],
        n=moments.n[chosen],
        contexts=dataset.contexts,
        context_index=np.array([contexts[c.context] for c in dataset.perturbed], dtype=np.int64),
        control=control,
        control_n=control_n,
        genes=dataset.genes,
        scale=dataset.scale,
    )
