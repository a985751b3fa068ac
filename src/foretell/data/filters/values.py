"""Values: observations chosen by what a column says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadValues, UnknownName, did_you_mean, shorten
from foretell.core.filter import Filter
from foretell.core.mapping import spell_value

__all__ = ["DropValues"]


@dataclass(frozen=True)
class DropValues(Filter):
    """Drop observations whose value in a column is one of those named, controls included.

    What to keep is said by the mapping (``keep``).

    Parameters
    ----------
    column : of ``obs``.
    values : as texts; whole numbers without ``.0``.
    """

    column: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _texts(self.values))

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True where the column holds none of the values."""
        return ~_holds(dataset, self.column, self.values)

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return f"{self.column} is {shorten(self.values, 3)}"


def _texts(values: object) -> tuple[str, ...]:
    listed = values if isinstance(values, (tuple, list)) else (values,)
    if not listed:
        raise BadValues("a filter on a column names no values", 'write values = ["..."]')
    return tuple(map(spell_value, listed))


def _holds(dataset: Dataset, column: str, values: tuple[str, ...]) -> np.ndarray:
    if column not in dataset.obs.columns:
        raise UnknownName(
            f"there is no column '{column}' in obs", did_you_mean(column, dataset.obs.columns)
        )
    present = dataset.obs[column].iloc[dataset.rows].astype(object).map(spell_value)
    known = set(present)
    unknown = [value for value in values if value not in known]
    if unknown:
        raise UnknownName(
            f"column '{column}' holds no value '{unknown[0]}'", did_you_mean(unknown[0], known)
        )
    found: np.ndarray = present.isin(values).to_numpy(dtype=bool)
    return found
