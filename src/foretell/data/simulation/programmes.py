"""What perturbations do besides moving their target: common stress and planted synergies."""

from __future__ import annotations

import numpy as np

from foretell.data.simulation.plan import Plan
from foretell.data.simulation.screen import Screen
from foretell.data.simulation.streams import stream

__all__ = ["draw_intensity", "draw_stress", "draw_synergies"]

STRESS_GENES = 0.2
STRESS_RAISED = 0.7
INTENSITY_SD = 0.5
SYNERGY_GENES = 0.1


def draw_stress(screen: Screen) -> np.ndarray:
    """Draw the stereotyped stress response at intensity 1, (n_genes,), log units.

    A fifth of the genes respond, most of them upwards, with root mean square `stress_size`.
    """
    rng = stream(screen.seed, "stress")
    n = screen.n_genes
    size = rng.gamma(2.0, 1.0, n) * np.where(rng.random(n) < STRESS_RAISED, 1.0, -1.0)
    return _programme(rng, size, STRESS_GENES, screen.stress_size)


def draw_intensity(screen: Screen, plan: Plan) -> np.ndarray:
    """Draw how strongly each single perturbation triggers stress, (n_perturbations,), mean 1 or 0.

    Zero for the share of perturbations that trigger none.
    """
    rng = stream(screen.seed, "intensity")
    n = plan.genes.size
    triggers = rng.random(n) < screen.stress_share
    intensity = np.exp(rng.normal(-(INTENSITY_SD**2) / 2, INTENSITY_SD, n))
    return np.where(triggers, intensity, 0.0)[plan.targets]


def draw_synergies(screen: Screen, plan: Plan) -> dict[int, np.ndarray]:
    """Draw the planted interactions, the same in every context.

    Returns
    -------
    dict
        From row of `plan.parts` to interaction vector (n_genes,), log units, zero at the targets.
    """
    rng = stream(screen.seed, "synergies")
    n_planted = round(screen.synergy_share * screen.n_combinations)
    chosen = np.sort(rng.permutation(screen.n_combinations)[:n_planted])
    if screen.synergy_size == 0:
        return {}
    rows = chosen + screen.n_perturbations
    return {int(row): _draw_interaction(screen, plan.targets[plan.parts[row]]) for row in rows}


def _draw_interaction(screen: Screen, targets: np.ndarray) -> np.ndarray:
    """Draw the interaction of one pair of targets from a stream of its own."""
    rng = stream(screen.seed, "synergy", *map(int, targets))
    w = _programme(rng, rng.standard_normal(screen.n_genes), SYNERGY_GENES, screen.synergy_size)
    w[targets[targets < screen.n_genes]] = 0.0
    return w


def _programme(rng: np.random.Generator, v: np.ndarray, share: float, size: float) -> np.ndarray:
    """Keep a share of the genes of v and give them root mean square `size`."""
    members = rng.permutation(v.size)[: max(1, round(share * v.size))]
    programme = np.zeros_like(v)
    programme[members] = v[members] * size / np.sqrt(np.mean(v[members] ** 2))
    return programme
