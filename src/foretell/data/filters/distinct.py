"""Distinct: one observation of every set of identical ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadValues
from foretell.core.filter import Filter
from foretell.data.signatures import row_signatures

__all__ = ["Distinct"]


@dataclass(frozen=True)
class Distinct(Filter):
    """Drop observations whose values are those of another one, stored under another condition.

    Good for collections in which one profile stands under several names (a drug and its salts):
    whoever trains on one and is tested on the other is asked what it was told. Of every set the
    first in the order of conditions is kept, whatever the order of the file. Reads expression.

    Parameters
    ----------
    min_values : rows with fewer values that are not zero can agree by chance, and are kept.
    """

    reads_expression: ClassVar[bool] = True
    min_values: int = 50

    def __post_init__(self) -> None:
        if type(self.min_values) is not int or self.min_values < 1:
            raise BadValues(f"`min_values` is {self.min_values!r}", "give a whole number from 1")

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for the first of every set of identical rows, and for all controls."""
        signatures = row_signatures(dataset)[dataset.rows]
        is_control = np.array([c.is_control for c in dataset.conditions])[dataset.codes]
        order = np.argsort(dataset.codes, kind="stable")  # conditions are sorted by their names
        _, first = np.unique(signatures[order, 0], return_index=True)
        kept = is_control | (signatures[:, 1] < self.min_values)
        kept[order[first]] = True
        return kept

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return "identical to another observation"
