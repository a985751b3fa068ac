"""Column: one column of observations, spelled and counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.mapping import spell_value
from foretell.data.inspect.words import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Columns"]

TRUE, FALSE = frozenset({"true", "1", "yes", "t"}), frozenset({"false", "0", "no", "f"})


@dataclass(frozen=True, eq=False)
class Column:
    """A column as text: distinct values and the code of every observation, -1 = missing."""

    name: str
    series: pd.Series

    @cached_property
    def _factors(self) -> tuple[np.ndarray, tuple[str, ...]]:
        try:
            codes, distinct = self.series.factorize()
        except TypeError:  # lists, of which no two can be compared
            codes, distinct = self.series.map(str).factorize()
        if self.series.dtype == np.float32:
            distinct = np.asarray(distinct, dtype=np.float32)  # 0.1, not 0.10000000149
        return codes.astype(np.int64), tuple(map(spell_value, distinct))

    @property
    def codes(self) -> np.ndarray:
        """(n_obs,) position of each value in `values`, -1 where it is missing."""
        return self._factors[0]

    @property
    def values(self) -> tuple[str, ...]:
        """Distinct values as text."""
        return self._factors[1]

    @cached_property
    def plain(self) -> str:
        """The name in small letters."""
        return plain(self.name)

    @cached_property
    def counts(self) -> np.ndarray:
        """(n_values,) observations of every value."""
        codes = self.codes
        return np.bincount(codes[codes >= 0], minlength=len(self.values))

    @property
    def n_missing(self) -> int:
        """Number of missing values."""
        return int((self.codes < 0).sum())

    @cached_property
    def is_number(self) -> bool:
        """True for a numeric column that is not boolean."""
        from pandas.api.types import is_bool_dtype, is_numeric_dtype

        return bool(is_numeric_dtype(self.series.dtype) and not is_bool_dtype(self.series.dtype))

    @cached_property
    def is_flag(self) -> bool:
        """True where the values are words for true and false, and none is missing."""
        words = {value.lower() for value in self.values}
        return bool(words) and words <= TRUE | FALSE and not self.n_missing

    @property
    def flags(self) -> np.ndarray:
        """(n_obs,) True where the value is a word for true."""
        is_true = np.array([value.lower() in TRUE for value in (*self.values, "")], dtype=bool)
        return is_true[self.codes]

    @cached_property
    def is_constant(self) -> bool:
        """True for one value and nothing missing."""
        return len(self.values) == 1 and not self.n_missing

    @property
    def numbers(self) -> np.ndarray:
        """(n_values,) the distinct values as numbers, NaN where they are none."""
        import pandas as pd

        return pd.to_numeric(pd.Series(self.values, dtype=object), errors="coerce").to_numpy(float)

    def rows(self, *labels: str) -> np.ndarray:
        """(n_obs,) True where the value is one of the labels."""
        wanted = np.array([value in labels for value in (*self.values, "\0")], dtype=bool)
        return wanted[self.codes]

    def top(self, n: int = 4) -> str:
        """Return the most frequent values with their counts."""
        order = np.argsort(-self.counts, kind="stable")[:n]
        shown = ", ".join(f"{self.values[i]} ({self.counts[i]})" for i in order)
        more = len(self.values) - len(order)
        return shown + (f", {more} more" if more else "")

    def refines(self, other: Column) -> bool:
        """Tell whether every value here has one value of `other` (missing is a value)."""
        pairs = (self.codes + 1) * (len(other.values) + 1) + other.codes + 1
        return len(np.unique(pairs)) == len(np.unique(self.codes))


class Columns:
    """The columns of a table by name, made when they are first asked for."""

    def __init__(self, obs: pd.DataFrame) -> None:
        self.obs = obs
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._made:
            self._made[name] = Column(name, self.obs[name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self.obs.columns

    def __iter__(self) -> Iterator[Column]:
        return (self[name] for name in self.obs.columns)

    def __len__(self) -> int:
        return len(self.obs.columns)
