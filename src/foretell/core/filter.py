"""Filter: one recorded choice of observations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from foretell.core.dataset import Dataset

__all__ = ["Filter"]


class Filter(ABC):
    """A frozen dataclass that drops observations before anything is split; kept in the record.

    A filter that reads expression looks at conditions that a split will hold out: it decides what
    is judged, never what is learned, and the report says so.
    """

    reads_expression: ClassVar[bool] = False

    @abstractmethod
    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for the observations that are kept."""

    @property
    def reason(self) -> str:
        """Why observations are dropped, as counts show it."""
        return type(self).__name__
