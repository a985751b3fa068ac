"""What is true about a simulated screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from foretell.data.simulation import expression, network, programmes
from foretell.data.simulation.effects import BLOCK, Circuit, draw_direct, solve_shifts
from foretell.data.simulation.plan import CONTROL, Plan, draw_plan
from foretell.data.simulation.screen import Screen

if TYPE_CHECKING:
    from pandas import DataFrame
    from scipy.sparse import csr_matrix

__all__ = ["GroundTruth", "draw_truth"]


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """The truth behind a simulated screen; every number in natural-log units.

    The scale is the log of expected molecules per 10,000 of an unperturbed cell, before library
    size, batch and count noise. A perturbed cell may hold more or fewer molecules in total than a
    control cell, so normalising by total counts adds one offset to all genes of a condition: mostly
    below 0.1, but up to 0.5 for the strongest hubs. `log1p_shift` gives the truth with it.

    Attributes
    ----------
    genes
        (n_genes,) names of the measured genes.
    contexts
        Names of the contexts, the values of `obs["cell_type"]`.
    conditions
        One row per condition, context after context, controls left out: `perturbation`,
        `context`, `n_parts`, `synergy` (whether one was planted).
    shift
        (n_conditions, n_genes) float32: shift against control of cells in which all guides work.
    baseline
        (n_contexts, n_genes) expression of unperturbed cells.
    networks
        One CSR matrix (n_genes, n_genes) per context; A[i, j] is the effect of gene i on gene j.
    direct
        (n_contexts, n_perturbations) direct move of each target, in the order of `perturbations`.
    perturbations
        One row per single perturbation: `perturbation`, `is_measured`, `is_regulator`,
        `stress_intensity`.
    stress
        (n_genes,) common stress response at intensity 1, before saturation.
    synergies
        From the label of a combination to its planted interaction (n_genes,), which is added to
        the propagated shift.
    guides
        One row per guide: `guide`, `perturbation`, `efficacy` (probability that it works; 0 for
        control guides).
    batch_effects
        (n_batches, n_genes), added to controls and perturbed cells alike.
    """

    genes: np.ndarray
    contexts: tuple[str, ...]
    conditions: DataFrame
    shift: np.ndarray
    baseline: np.ndarray
    networks: tuple[csr_matrix, ...]
    direct: np.ndarray
    perturbations: DataFrame
    stress: np.ndarray
    synergies: Mapping[str, np.ndarray]
    guides: DataFrame
    batch_effects: np.ndarray

    def shift_of(self, perturbation: str, context: str) -> np.ndarray:
        """Return the true shift of one condition, (n_genes,); zero for the control.

        Raises
        ------
        KeyError
            Where the screen holds no such condition.
        """
        if context not in self.contexts:
            raise KeyError(f"no context {context!r}; there are {', '.join(self.contexts)}")
        if perturbation == CONTROL:
            return np.zeros(self.genes.size, dtype=np.float32)
        if (perturbation, context) not in self._row_of:
            raise KeyError(f"no perturbation {perturbation!r} in this screen")
        return self.shift[self._row_of[perturbation, context]]

    def log1p_shift(self) -> np.ndarray:
        """Return the shift that pooled cells show in log1p of counts per 10,000.

        log1p(y / sum y 10^4) of a condition minus the same of its control, with y the expected
        expression: what deep pseudobulks estimate. Not additive, even where `shift` is.

        Returns
        -------
        numpy.ndarray
            (n_conditions, n_genes) float32.
        """
        result = np.empty_like(self.shift)
        for b, S, out in zip(self.baseline, *self._by_context(self.shift, result), strict=True):
            control = _log1p_cp10k(b[None, :])
            for start in range(0, len(S), BLOCK):
                rows = slice(start, start + BLOCK)
                out[rows] = _log1p_cp10k(b + S[rows]) - control
        return result

    def _by_context(self, *arrays: np.ndarray) -> list[np.ndarray]:
        """View arrays (n_conditions, n_genes) as (n_contexts, n_labels, n_genes)."""
        return [array.reshape(len(self.contexts), -1, self.genes.size) for array in arrays]

    @cached_property
    def _row_of(self) -> dict[tuple[str, str], int]:
        pairs = zip(self.conditions["perturbation"], self.conditions["context"], strict=True)
        return {pair: row for row, pair in enumerate(pairs)}


def draw_truth(screen: Screen) -> tuple[GroundTruth, Plan]:
    """Draw everything about a screen but its cells.

    Memory is that of `shift`, 4 n_conditions n_genes bytes, plus one block of 256 perturbations.
    """
    regulators = network.draw_regulators(screen)
    plan = draw_plan(screen, regulators)
    edges = network.draw_edges(screen, regulators)
    networks = [network.build_network(screen, edges, c) for c in range(screen.n_contexts)]
    baseline = expression.draw_baseline(screen)
    direct = draw_direct(screen, plan, baseline)
    stress = programmes.draw_stress(screen)
    intensity = programmes.draw_intensity(screen, plan)
    synergies = programmes.draw_synergies(screen, plan)
    n, n_labels = screen.n_genes, len(plan.labels)
    shift = np.empty((screen.n_contexts * n_labels, n), dtype=np.float32)
    for c, A in enumerate(networks):
        circuit = Circuit(A, stress, screen.saturation, screen.kind == "knockout")
        own = shift[c * n_labels : (c + 1) * n_labels]
        own[:] = solve_shifts(circuit, plan, direct[c], intensity)
        for row, w in synergies.items():
            own[row] += w.astype(np.float32)
    truth = GroundTruth(
        genes=plan.genes[:n],
        contexts=plan.contexts,
        conditions=_tabulate_conditions(plan, synergies),
        shift=shift,
        baseline=baseline[:, :n],
        networks=tuple(A[:n] for A in networks),
        direct=direct,
        perturbations=_tabulate_perturbations(screen, plan, regulators, intensity),
        stress=stress,
        synergies={str(plan.labels[row]): w for row, w in synergies.items()},
        guides=_tabulate_guides(plan),
        batch_effects=expression.draw_batch_effects(screen),
    )
    return truth, plan


def _log1p_cp10k(x: np.ndarray) -> np.ndarray:
    """Turn log expression (n, n_genes) into log1p of counts per 10,000."""
    y = np.exp(x)
    return np.log1p(y / y.sum(axis=1, keepdims=True) * expression.TOTAL)


def _tabulate_conditions(plan: Plan, synergies: Mapping[int, np.ndarray]) -> DataFrame:
    from pandas import DataFrame

    n_labels, n_contexts = len(plan.labels), len(plan.contexts)
    planted = np.isin(np.arange(n_labels), list(synergies))
    return DataFrame(
        {
            "perturbation": np.tile(plan.labels, n_contexts).astype(object),
            "context": np.repeat(np.array(plan.contexts), n_labels).astype(object),
            "n_parts": np.tile((plan.parts >= 0).sum(axis=1), n_contexts),
            "synergy": np.tile(planted, n_contexts),
        }
    )


def _tabulate_perturbations(
    screen: Screen, plan: Plan, regulators: np.ndarray, intensity: np.ndarray
) -> DataFrame:
    from pandas import DataFrame

    return DataFrame(
        {
            "perturbation": plan.labels[: plan.targets.size].astype(object),
            "is_measured": plan.targets < screen.n_genes,
            "is_regulator": np.isin(plan.targets, regulators),
            "stress_intensity": intensity,
        }
    )


def _tabulate_guides(plan: Plan) -> DataFrame:
    from pandas import DataFrame

    n_guides = plan.efficacy.shape[1]
    owners = [CONTROL, *plan.labels[: plan.targets.size]]
    return DataFrame(
        {
            "guide": plan.guides.astype(object),
            "perturbation": np.repeat(np.array(owners), n_guides).astype(object),
            "efficacy": np.concatenate([np.zeros(n_guides), plan.efficacy.ravel()]),
        }
    )
