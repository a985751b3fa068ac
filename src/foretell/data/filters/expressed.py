"""Expressed: genes that training rows hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, EmptySplit
from foretell.core.steps import Step
from foretell.data.preprocess import SelectGenes

__all__ = ["SelectExpressed"]


@dataclass(frozen=True)
class SelectExpressed(Step):
    """Keep the genes that enough training rows hold (values above 0), and optionally all targets.

    Parameters
    ----------
    min_cells : fewest training rows, at least 1.
    min_share : smallest share of the training rows, in [0, 1]; both have to be met.
    keep_targets : keep every measured gene that a training perturbation targets as well.

    Errors
    ------
    `BadMapping` on an intensity or relative scale, where 0 does not mean absent; `EmptySplit`
    where no gene is left.
    """

    min_cells: int = 3
    min_share: float = 0.0
    keep_targets: bool = False

    def __post_init__(self) -> None:
        if type(self.min_cells) is not int or self.min_cells < 1:
            raise BadValues(f"`min_cells` is {self.min_cells!r}", "give a whole number from 1")
        if not 0 <= self.min_share <= 1:
            raise BadValues(f"`min_share` is {self.min_share!r}", "give a part of 1")

    @property
    def is_fitted(self) -> bool:
        """It becomes a `SelectGenes`."""
        return False

    def fit(self, train: Dataset) -> SelectGenes:
        """Count the training rows that hold each gene."""
        if train.scale.is_relative or train.scale.family == "intensity":
            raise BadMapping(
                f"SelectExpressed needs values whose 0 means absent, not {train.scale}",
                "drop the step, or use SelectVariable",
            )
        held = np.zeros(len(train.genes), dtype=np.int64)
        for X, _ in train.blocks():
            held += np.asarray((X > 0).sum(axis=0)).ravel()
        enough = (held >= self.min_cells) & (held >= self.min_share * train.n_obs)
        chosen = set(train.genes[enough])
        if self.keep_targets:
            targets = {t for c in train.perturbed for t in c.perturbation.targets}
            chosen |= targets & set(train.genes)
        if not chosen:
            raise EmptySplit(
                f"no gene is held by {self.min_cells} training rows and by a share of "
                f"{self.min_share:g}",
                "lower min_cells or min_share",
            )
        return SelectGenes(tuple(sorted(chosen)))

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Refuse to work unfitted."""
        raise BadValues("SelectExpressed is not fitted", "use fit_steps(steps, train)")
