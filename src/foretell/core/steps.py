"""Step: one recorded change of the values, applied row by row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.scale import Scale

if TYPE_CHECKING:
    from foretell.core.dataset import Dataset

__all__ = ["Step"]


class Step(ABC):
    """A frozen dataclass that changes a block of rows; applied lazily, also on disk.

    A step that learns something (a gene selection, a target sum) returns a fitted copy from
    `fit`, which is only ever given training rows. What `fit` returns is part of the record.
    """

    def fit(self, train: Dataset) -> Step:
        """Learn from training rows; the default has nothing to learn."""
        del train
        return self

    @property
    def is_fitted(self) -> bool:
        """False while `fit` still has something to learn."""
        return True

    @abstractmethod
    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Change a block (n, n_genes), dense or CSR; `sizes` (n,) are declared library sizes."""

    def select(self, genes: np.ndarray) -> np.ndarray | None:
        """Return positions of the genes that are kept, or None for all."""
        del genes
        return None

    def rescale(self, scale: Scale) -> Scale:
        """Return the scale after the step."""
        return scale
