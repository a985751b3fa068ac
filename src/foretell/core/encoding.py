"""Encoding: from perturbation to vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from foretell.core.perturbation import Perturbation
from foretell.core.profiles import Profiles

__all__ = ["Encoding", "EncodingInfo"]


@dataclass(frozen=True)
class EncodingInfo:
    """What an encoding is, declared beside the class.

    Parameters
    ----------
    name : registry name; the file's name.
    summary : one line.
    covers_unseen : True where targets that were not trained on can have a vector.
    reference : key in ``docs/references.bib``, or empty.
    """

    name: str
    summary: str
    covers_unseen: bool = False
    reference: str = ""


class Encoding(ABC):
    """A dataclass that turns perturbations into vectors; a field of a model, never its base."""

    info: ClassVar[EncodingInfo]

    @abstractmethod
    def fit(self, train: Profiles) -> Self:
        """Learn from training profiles (targets, gene scores), or only remember them."""

    @abstractmethod
    def encode(self, perturbations: Sequence[Perturbation]) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors (n, d) and a mask (n,) of perturbations that are fully covered.

        Rows that are not covered hold the covered components' part (0 where there is none).
        """

    @classmethod
    def examples(cls) -> list[Self]:
        """Return instances for the contract tests; the defaults, unless overridden."""
        return [cls()]
