"""From direct effects to shifts: propagation through the network, with saturation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foretell.data.simulation.expression import FLOOR
from foretell.data.simulation.plan import Plan
from foretell.data.simulation.screen import Screen
from foretell.data.simulation.streams import stream

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Circuit", "draw_direct", "solve_shifts"]

MOVE = {"interference": -1.0, "activation": 1.0, "knockout": -2.0}
"""Direction of each kind, and how far it goes in units of `effect_size`."""
STRENGTH_SD = 0.25
BLOCK = 256
TOLERANCE = 1e-10
MAX_STEPS = 1000
LARGEST_SHIFT = 15.0


def draw_direct(screen: Screen, plan: Plan, baseline: np.ndarray) -> np.ndarray:
    """Draw the direct move of every target, (n_contexts, n_perturbations), log units.

    The strength varies between targets, but not for knockouts. A target is lowered only as far as
    the context expresses it.

    Parameters
    ----------
    baseline
        (n_contexts, n_all_genes), natural log.
    """
    rng = stream(screen.seed, "strength")
    strength = np.exp(rng.normal(-(STRENGTH_SD**2) / 2, STRENGTH_SD, plan.genes.size))
    if screen.kind == "knockout":
        strength[:] = 1.0
    wanted = (MOVE[screen.kind] * screen.effect_size * strength)[plan.targets]
    expressed = np.maximum(baseline[:, plan.targets] - FLOOR, 0.0)
    return np.maximum(wanted, -expressed)


@dataclass(frozen=True, eq=False)
class Circuit:
    """One context's response to direct effects.

    B: (n, n_genes) direct effects on measured genes; H: (n, n_genes) input from perturbed genes
    outside the panel; A: (n_genes, n_genes); v: (n_genes,) stress; s: (n,) its intensity.

        nu    = B + f(nu A + H)             steady state
        shift = B + f(nu A + H + s v)       with the stress response
        f(u)  = tanh(kappa u) / kappa, and f(u) = u for kappa = 0

    The stress response is the end result of its own regulation, so it is not propagated again.
    A knockout holds its target: nu and shift equal B there.

    Parameters
    ----------
    A
        (n_all_genes, n_genes) network; rows beyond the panel are unmeasured targets.
    stress
        (n_genes,) response at intensity 1.
    saturation
        kappa.
    holds
        Whether targets are held where the perturbation puts them.
    """

    A: csr_matrix
    stress: np.ndarray
    saturation: float
    holds: bool

    @property
    def is_linear(self) -> bool:
        """Whether the shift of a combination is the sum of the shifts of its parts."""
        return self.saturation == 0 and not self.holds

    def respond(self, direct: np.ndarray, perturbed: np.ndarray, s: np.ndarray) -> np.ndarray:
        """Solve for the shifts of a block of perturbations.

        Parameters
        ----------
        direct, perturbed
            (n, n_all_genes) direct moves, and which genes are targets.
        s
            (n,) stress intensity.

        Returns
        -------
        numpy.ndarray
            (n, n_genes) log shifts. O(n nnz(A) steps) time.
        """
        n_genes = self.A.shape[1]
        A, B = self.A[:n_genes], direct[:, :n_genes]
        held = perturbed[:, :n_genes] & self.holds
        H = direct[:, n_genes:] @ self.A[n_genes:]
        nu = B
        for _ in range(MAX_STEPS):  # a contraction, as rho(|A|) < 1 and |f'| <= 1
            previous, nu = nu, self._settle(B, nu @ A + H, held)
            if np.abs(nu - previous).max(initial=0.0) < TOLERANCE:
                break
        return self._settle(B, nu @ A + H + s[:, None] * self.stress, held)

    def _settle(self, B: np.ndarray, u: np.ndarray, held: np.ndarray) -> np.ndarray:
        k = self.saturation
        f = np.tanh(k * u) / k if k > 0 else u
        return B + np.where(held, 0.0, f)


def solve_shifts(
    circuit: Circuit, plan: Plan, direct: np.ndarray, intensity: np.ndarray
) -> np.ndarray:
    """Solve for the shifts of all perturbations of a context, block by block.

    Parameters
    ----------
    direct
        (n_perturbations,) moves of the targets in this context.
    intensity
        (n_perturbations,) stress intensities.

    Returns
    -------
    numpy.ndarray
        (n_perturbations + n_combinations, n_genes) float32, without planted synergies.

    Raises
    ------
    ValueError
        Where a steady state lies beyond any real expression, which only linear screens reach.
    """
    n_singles, n = plan.targets.size, len(plan.parts)
    shift = np.empty((n, circuit.A.shape[1]), dtype=np.float32)
    n_solved = n_singles if circuit.is_linear else n
    for start in range(0, n_solved, BLOCK):
        rows = slice(start, min(start + BLOCK, n_solved))
        shift[rows] = _solve_block(circuit, plan, plan.parts[rows], direct, intensity)
    if circuit.is_linear:
        # Superposition: adding is exact where solving once more would only be close.
        a, b = plan.parts[n_singles:].T
        np.add(shift[a], shift[b], out=shift[n_singles:])
    _check_size(shift)
    return shift


def _solve_block(
    circuit: Circuit, plan: Plan, parts: np.ndarray, direct: np.ndarray, intensity: np.ndarray
) -> np.ndarray:
    """Solve for the perturbations whose parts are given, (n, 2)."""
    moves = np.zeros((len(parts), plan.genes.size))
    perturbed = np.zeros(moves.shape, dtype=bool)
    s = np.zeros(len(parts))
    for part in parts.T:
        rows = np.flatnonzero(part >= 0)
        members = part[rows]
        moves[rows, plan.targets[members]] = direct[members]
        perturbed[rows, plan.targets[members]] = True
        s[rows] += intensity[members]
    return circuit.respond(moves, perturbed, s)


def _check_size(shift: np.ndarray) -> None:
    largest = float(max(shift.max(initial=0.0), -shift.min(initial=0.0)))
    if largest > LARGEST_SHIFT:
        raise ValueError(
            f"Screen: a gene moves by {largest:.1f} log units, more than {LARGEST_SHIFT:g}; "
            "lower effect_size, edge_weight or spectral_radius, or raise saturation"
        )
