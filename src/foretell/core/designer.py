"""Designer: which perturbations to run next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset

__all__ = ["Designer", "Ranking"]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Candidates from best to worst.

    Parameters
    ----------
    conditions : candidates in the order of preference.
    score : (n,) larger is better.
    reasons : one sentence per candidate.
    """

    conditions: tuple[Condition, ...]
    score: np.ndarray
    reasons: tuple[str, ...] = ()


class Designer(ABC):
    """A dataclass that proposes the next batch."""

    @abstractmethod
    def fit(self, train: Dataset) -> Self:
        """Learn from what was measured."""

    @abstractmethod
    def propose(self, goal: np.ndarray, candidates: Sequence[Condition]) -> Ranking:
        """Rank candidates by how well they serve a goal, a shift (n_genes,)."""
