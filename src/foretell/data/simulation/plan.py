"""Who is perturbed: targets, combinations, guides and their names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.data.simulation.expression import n_all_genes
from foretell.data.simulation.screen import Screen
from foretell.data.simulation.streams import stream

__all__ = ["CONTROL", "Plan", "draw_plan"]

CONTROL = "control"
NON_TARGETING = "NT"
REGULATORS_PER_EFFECTOR = 4
GUIDE_CONCENTRATION = 10.0


@dataclass(frozen=True, eq=False)
class Plan:
    """The design of the screen, without any expression.

    Attributes
    ----------
    genes
        (n_all_genes,) names; the first n_genes are measured.
    contexts, batches
        Names.
    targets
        (n_perturbations,) gene index of every single perturbation.
    parts
        (n_perturbations + n_combinations, 2) positions in `targets`; -1 = no second part.
    labels
        (n_perturbations + n_combinations,) perturbation labels.
    efficacy
        (n_perturbations, guides_per_target) probability that a guide works.
    """

    genes: np.ndarray
    contexts: tuple[str, ...]
    batches: tuple[str, ...]
    targets: np.ndarray
    parts: np.ndarray
    labels: np.ndarray
    efficacy: np.ndarray

    @property
    def guides(self) -> np.ndarray:
        """Names of all guides, those of the control first."""
        n_guides = self.efficacy.shape[1]
        owners = [NON_TARGETING, *self.labels[: self.targets.size]]
        return np.array([f"{owner}_g{g + 1}" for owner in owners for g in range(n_guides)])


def draw_plan(screen: Screen, regulators: np.ndarray) -> Plan:
    """Draw targets, pairs and guides.

    Drawn per gene: with more perturbations the first targets and their guides stay as they were,
    as long as targets lie within the panel.
    """
    n = n_all_genes(screen)
    width = max(4, len(str(n)))
    genes = np.array([f"G{i:0{width}d}" for i in range(1, n + 1)])
    targets = _order_targets(screen, regulators)[: screen.n_perturbations]
    pairs = _draw_pairs(screen, targets)
    singles = np.column_stack([np.arange(targets.size), np.full(targets.size, -1)])
    names = genes[targets]
    combined = [f"{names[a]}+{names[b]}" for a, b in pairs]
    return Plan(
        genes=genes,
        contexts=tuple(f"context{c + 1}" for c in range(screen.n_contexts)),
        batches=tuple(f"batch{b + 1}" for b in range(screen.n_batches)),
        targets=targets,
        parts=np.concatenate([singles, pairs]),
        labels=np.array([*names, *combined]),
        efficacy=_draw_efficacy(screen, n)[targets],
    )


def _order_targets(screen: Screen, regulators: np.ndarray) -> np.ndarray:
    """Rank all genes as targets: regulators and effectors in turn, unmeasured genes last."""
    rng = stream(screen.seed, "targets")
    effectors = rng.permutation(np.setdiff1d(np.arange(screen.n_genes), regulators))
    turn = np.concatenate(
        [
            np.arange(regulators.size) / REGULATORS_PER_EFFECTOR,
            np.arange(effectors.size) + 1.0 - 0.5 / REGULATORS_PER_EFFECTOR,
        ]
    )
    measured = np.concatenate([regulators, effectors])[np.argsort(turn, kind="stable")]
    return np.concatenate([measured, np.arange(screen.n_genes, n_all_genes(screen))])


def _draw_pairs(screen: Screen, targets: np.ndarray) -> np.ndarray:
    """Draw distinct pairs of positions, (n_combinations, 2), the lower gene index first."""
    n = targets.size
    rng = stream(screen.seed, "combinations")
    drawn = rng.choice(n * (n - 1) // 2, size=screen.n_combinations, replace=False)
    # Pair number k counts the upper triangle row by row; row a starts at starts[a].
    starts = np.concatenate([[0], np.cumsum(np.arange(n - 1, 0, -1))])
    a = np.searchsorted(starts, drawn, side="right") - 1
    b = a + 1 + drawn - starts[a]
    swap = targets[a] > targets[b]
    return np.column_stack([np.where(swap, b, a), np.where(swap, a, b)])


def _draw_efficacy(screen: Screen, n: int) -> np.ndarray:
    """Draw the probability that each guide works: Beta with mean 1 - guide_failure."""
    works = 1 - screen.guide_failure
    size = (n, screen.guides_per_target)
    if works in (0.0, 1.0):
        return np.full(size, works)
    rng = stream(screen.seed, "guides")
    return rng.beta(GUIDE_CONCENTRATION * works, GUIDE_CONCENTRATION * (1 - works), size)
