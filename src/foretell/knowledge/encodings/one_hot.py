"""One-hot: one dimension per target of the training set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from foretell.core.encoding import Encoding, EncodingInfo
from foretell.core.perturbation import Perturbation
from foretell.core.profiles import Profiles

__all__ = ["OneHot"]


@dataclass
class OneHot(Encoding):
    """Dose of every training target; combinations are sums; unseen targets are not covered.

    Fitted
    ------
    targets_ : distinct targets of training, sorted.
    """

    info: ClassVar[EncodingInfo] = EncodingInfo(
        name="one_hot", summary="one dimension per training target"
    )

    def fit(self, train: Profiles) -> Self:
        """Remember the targets."""
        self.targets_ = train.targets
        return self

    def encode(self, perturbations: Sequence[Perturbation]) -> tuple[np.ndarray, np.ndarray]:
        """Return doses (n, n_targets), and True where every target was trained on."""
        column = {target: j for j, target in enumerate(self.targets_)}
        V = np.zeros((len(perturbations), len(column)))
        covered = np.ones(len(perturbations), dtype=bool)
        for i, perturbation in enumerate(perturbations):
            for component in perturbation.components:
                j = column.get(component.target)
                if j is None:
                    covered[i] = False
                else:
                    V[i, j] += 1.0 if component.dose is None else component.dose
        return V, covered
