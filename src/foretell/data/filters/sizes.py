"""Sizes: conditions with too few cells, or with more than are needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadValues
from foretell.core.filter import Filter
from foretell.core.seeds import seed_for
from foretell.data.filters.responders import control_mask

__all__ = ["MaxCells", "MinCells"]


@dataclass(frozen=True)
class MinCells(Filter):
    """Drop perturbed conditions with fewer cells; controls always stay.

    Parameters
    ----------
    n : fewest cells of a condition, at least 1.
    """

    n: int = 20

    def __post_init__(self) -> None:
        _check_whole("n", self.n)

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for controls and for conditions that are large enough."""
        size = np.bincount(dataset.codes, minlength=len(dataset.conditions))
        kept: np.ndarray = (size >= self.n)[dataset.codes] | control_mask(dataset)
        return kept

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return f"in conditions below {self.n} cells"


@dataclass(frozen=True)
class MaxCells(Filter):
    """Keep at most n cells of every condition, chosen by their names.

    A cell's rank is a hash of its name, so the choice does not depend on the order of the file,
    on other cells, or on a generator, and a smaller n keeps a part of what a larger n keeps.

    Parameters
    ----------
    n : most cells of a perturbed condition, at least 1.
    controls : most control cells of a context; None = all.
    """

    n: int = 500
    controls: int | None = None

    def __post_init__(self) -> None:
        _check_whole("n", self.n)
        if self.controls is not None:
            _check_whole("controls", self.controls)

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for the first n cells of every condition, in the order of their hashes."""
        from pandas.util import hash_array

        names = dataset.obs.index[dataset.rows].astype(str).to_numpy(dtype=object)
        key = f"{seed_for(filter='max_cells'):016x}"[:16]
        hashed = hash_array(names, hash_key=key, categorize=False)
        order = np.lexsort((hashed, dataset.codes))
        sorted_codes = dataset.codes[order]
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - np.searchsorted(sorted_codes, sorted_codes)
        most = np.iinfo(np.int64).max if self.controls is None else self.controls
        kept: np.ndarray = rank < np.where(control_mask(dataset), most, self.n)
        return kept

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return f"beyond {self.n} cells of a condition"


def _check_whole(name: str, value: object) -> None:
    if type(value) is not int or value < 1:
        raise BadValues(f"`{name}` is {value!r}", "give a whole number from 1")
