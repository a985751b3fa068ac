"""Novelty: how far a perturbation is from those that were trained on."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from foretell.core.encoding import Encoding
from foretell.core.perturbation import Perturbation
from foretell.core.profiles import Profiles

__all__ = ["NEIGHBOURS", "Novelty"]

NEIGHBOURS = 5


@dataclass(eq=False)
class Novelty:
    """Mean distance to the nearest training perturbations, in the space of an encoding.

    Parameters
    ----------
    encoding : perturbation -> vector, fitted on training.
    V : (n, d) vectors of the training perturbations that it covers.
    known : their labels, so that a perturbation is not its own neighbour.
    """

    encoding: Encoding
    V: np.ndarray
    known: tuple[str, ...]

    @classmethod
    def of(cls, encoding: Encoding, train: Profiles) -> Novelty:
        """Fit a copy of the encoding and remember where training stands."""
        fitted = copy(encoding).fit(train)
        perturbations = sorted({c.perturbation for c in train.conditions}, key=str)
        V, covered = fitted.encode(perturbations)
        known = tuple(str(p) for p, is_in in zip(perturbations, covered, strict=True) if is_in)
        return cls(fitted, V[covered], known)

    def distance(self, perturbations: Sequence[Perturbation]) -> np.ndarray:
        """Return (n,) distances; NaN where the encoding covers no vector, or training none.

        Cost: O(n_asked n_trained d).
        """
        asked, covered = self.encoding.encode(perturbations)
        found = np.full(len(perturbations), np.nan)
        place = {name: j for j, name in enumerate(self.known)}
        for i in np.flatnonzero(covered):
            apart = np.linalg.norm(self.V - asked[i], axis=1)
            own = place.get(str(perturbations[int(i)]))
            if own is not None:
                apart = np.delete(apart, own)
            k = min(NEIGHBOURS, len(apart))
            if k:
                found[i] = np.partition(apart, k - 1)[:k].mean()
        return found
