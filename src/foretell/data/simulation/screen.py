"""The specification of a simulated screen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from numbers import Integral
from typing import Any

import numpy as np

__all__ = ["Screen"]

KINDS = ("interference", "activation", "knockout")
UNPLANTED = ("stress_share", "stress_size", "synergy_share", "synergy_size")
NO_EFFECT = ("effect_size", *UNPLANTED)
ADDITIVE = ("saturation", "guide_failure", *UNPLANTED)


def _bounded(default: float, low: float, high: float, unit: str) -> Any:
    """Declare a field with its allowed range and unit, which validation and messages read."""
    return field(default=default, metadata={"low": low, "high": high, "unit": unit})


@dataclass(frozen=True)
class Screen:
    """A perturbation screen with known truth, as a hashable specification.

    Good for asking whether a method recovers what is really there, at a chosen depth and size.
    Fails as a stand-in for real data: gene programmes, dose, time and cell cycle are absent, so a
    ranking of methods on a simulated screen says little about their ranking on a real one.

    The defaults are a small screen that is simulated in about a second. "log" means natural log.

    Parameters
    ----------
    n_perturbations
        Genes perturbed alone, 2 to 20,000. Regulators and effectors alternate 4 to 1 while both
        last. Where there are more than `n_genes`, the rest are genes outside the measured panel.
    n_combinations
        Pairs of these, 0 to 200,000, and no more than there are pairs.
    n_genes
        Measured genes, 20 to 50,000.
    n_contexts
        Contexts (cell types), 1 to 20; every perturbation is made in every context.
    cells_per_condition, cells_spread
        Mean (2 to 100,000) and log standard deviation (0 to 2) of the lognormal number of cells
        per condition; a condition never has fewer than 2 cells.
    controls_per_context
        Control cells, exact, 2 to 10,000,000.
    kind
        `interference` lowers and `activation` raises the target, whose own regulation still
        acts; `knockout` lowers it twice as far and holds it there. A target is lowered only as far
        as it is expressed.
    n_regulators
        Measured genes with outgoing edges, 1 to `n_genes`.
    density
        Share of all (regulator, gene) pairs that are edges, 0 to 0.5.
    edge_weight
        Mean absolute weight of an edge, 0 to 2 (log change per log change).
    spectral_radius
        Upper limit on the spectral radius of |A|, 0 to 0.9: how strong feedback may be.
    effect_size
        Typical direct move of a target, 0 to 5 (log).
    saturation
        kappa, 0 to 10: regulation and stress move a gene by at most 1 / kappa (log); 0 = linear.
    stress_share, stress_size
        Share of perturbations that trigger the common stress response (0 to 1), and its root mean
        square over responding genes (0 to 3, log).
    synergy_share, synergy_size
        Share of the combinations with a planted interaction (0 to 1), and its root mean square
        over affected genes (0 to 3, log).
    guides_per_target
        Guides per target, 1 to 10, each with an efficacy of its own.
    guide_failure
        Mean probability that a guide leaves its cell unperturbed, 0 to 1. The guides of a
        combination work or fail one by one.
    n_batches, batch_size
        Batches (1 to 100) and the standard deviation of their effect on a gene (0 to 2, log).
    library_size, library_spread
        Median UMI per unperturbed cell over the measured genes (10 to 1,000,000) and its log
        standard deviation (0 to 2).
    dispersion
        alpha of the negative binomial, variance = mu + alpha mu^2, 0 (Poisson) to 10.
    context_difference
        d, 0 to 1: baselines of two contexts correlate by 1 - d^2, and every context has a share d
        of the edges rewired.
    seed
        0 to 2^63 - 1. Everything is deterministic given the specification.

    Raises
    ------
    ValueError
        Where a value lies outside its range; the message names field, value and range.

    Examples
    --------
    >>> Screen(n_genes=500).n_genes
    500
    >>> Screen.noise_only(seed=3).effect_size
    0.0
    >>> Screen(density=2.0)
    Traceback (most recent call last):
    ...
    ValueError: Screen: density=2.0 is not allowed; give a number from 0 to 0.5 (share of pairs)
    """

    n_perturbations: int = _bounded(40, 2, 20_000, "targets")
    n_combinations: int = _bounded(30, 0, 200_000, "pairs")
    n_genes: int = _bounded(300, 20, 50_000, "genes")
    n_contexts: int = _bounded(2, 1, 20, "contexts")
    cells_per_condition: float = _bounded(40.0, 2, 100_000, "cells")
    cells_spread: float = _bounded(0.4, 0, 2, "log units")
    controls_per_context: int = _bounded(400, 2, 10_000_000, "cells")
    kind: str = "interference"
    n_regulators: int = _bounded(60, 1, 50_000, "genes")
    density: float = _bounded(0.05, 0, 0.5, "share of pairs")
    edge_weight: float = _bounded(0.4, 0, 2, "log change per log change")
    spectral_radius: float = _bounded(0.6, 0, 0.9, "no unit")
    effect_size: float = _bounded(1.5, 0, 5, "log units")
    saturation: float = _bounded(0.5, 0, 10, "per log unit")
    stress_share: float = _bounded(0.3, 0, 1, "share of perturbations")
    stress_size: float = _bounded(0.5, 0, 3, "log units")
    synergy_share: float = _bounded(0.2, 0, 1, "share of combinations")
    synergy_size: float = _bounded(0.8, 0, 3, "log units")
    guides_per_target: int = _bounded(2, 1, 10, "guides")
    guide_failure: float = _bounded(0.1, 0, 1, "probability")
    n_batches: int = _bounded(2, 1, 100, "batches")
    batch_size: float = _bounded(0.1, 0, 2, "log units")
    library_size: float = _bounded(3000.0, 10, 1_000_000, "UMI per cell")
    library_spread: float = _bounded(0.4, 0, 2, "log units")
    dispersion: float = _bounded(0.2, 0, 10, "no unit")
    context_difference: float = _bounded(0.3, 0, 1, "no unit")
    seed: int = _bounded(0, 0, 2**63 - 1, "no unit")

    def __post_init__(self) -> None:
        for declared in fields(self):
            if declared.metadata:
                self._check(declared.name, isinstance(declared.default, int), declared.metadata)
        if self.kind not in KINDS:
            raise self._refuse("kind", f"one of {', '.join(KINDS)}")
        if self.n_regulators > self.n_genes:
            raise self._refuse("n_regulators", f"at most n_genes={self.n_genes}")
        n_pairs = math.comb(self.n_perturbations, 2)
        if self.n_combinations > n_pairs:
            wanted = f"at most {n_pairs}, the pairs of n_perturbations={self.n_perturbations}"
            raise self._refuse("n_combinations", wanted)

    @classmethod
    def noise_only(cls, **values: Any) -> Screen:
        """Return a screen in which no perturbation has any effect: a test of false positives.

        Library size, dispersion, guides and batches stay.

        Parameters
        ----------
        values
            Any other field.

        Raises
        ------
        ValueError
            Where `values` asks for an effect.
        """
        return cls._without("noise-only", NO_EFFECT, values)

    @classmethod
    def additive(cls, **values: Any) -> Screen:
        """Return a screen in which a combination's shift is exactly the sum of its parts.

        No saturation, stress, synergy or guide failure. A knockout is refused: it holds its
        target, so that one part cuts the paths of the other and the shifts do not add up.

        Parameters
        ----------
        values
            Any other field.

        Raises
        ------
        ValueError
            Where `values` asks for something that is not additive.
        """
        screen = cls._without("additive", ADDITIVE, values)
        if screen.kind == "knockout":
            raise screen._refuse("kind", "interference or activation for an additive screen")
        return screen

    @classmethod
    def _without(cls, name: str, absent: tuple[str, ...], values: dict[str, Any]) -> Screen:
        for key in absent:
            if values.get(key, 0) != 0:
                raise ValueError(
                    f"Screen: {key}={values[key]!r} is not allowed; give 0, as the screen is {name}"
                )
        return cls(**{**values, **dict.fromkeys(absent, 0.0)})

    def _check(self, name: str, whole: bool, bounds: Any) -> None:
        """Refuse a value of the wrong type, NaN, or outside its range; store a plain number."""
        value: Any = getattr(self, name)
        low, high = bounds["low"], bounds["high"]
        right = isinstance(value, Integral if whole else (Integral, float, np.floating))
        if isinstance(value, bool) or not right or not low <= value <= high:
            number = "a whole number" if whole else "a number"
            raise self._refuse(name, f"{number} from {low:,} to {high:,} ({bounds['unit']})")
        # Equal specifications then have one spelling: 3000 and numpy's 3000 become 3000.0.
        object.__setattr__(self, name, int(value) if whole else float(value))

    def _refuse(self, name: str, wanted: str) -> ValueError:
        value = getattr(self, name)
        return ValueError(f"Screen: {name}={value!r} is not allowed; give {wanted}")
