"""TableLayout: how a table becomes observations by genes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from foretell.core.errors import BadMapping, UnknownName, did_you_mean

__all__ = ["Joined", "TableLayout"]


@dataclass(frozen=True)
class TableLayout:
    """Say how a table (parquet, csv, tsv) is laid out; nothing is needed for an h5ad file.

    A *long* table has one row per observation and gene: name its columns `gene` and `value`. Every
    distinct combination of the columns in `about` is an observation; pairs that are not listed are
    NaN, or 0 where the mapping says that what is not listed is small.

    A *wide* table has one row per observation: columns in `about` describe it, the others are
    genes. With `transposed`, rows are genes, the first column names them, and columns are
    observations, described by the table `obs`.

    Parameters
    ----------
    gene, value : columns of a long table.
    about : columns that describe an observation; of a wide table without `about`, those that are
        not numbers.
    perturbation : columns of targets that are joined by ``+`` into a column ``perturbation``.
    transposed : True where rows are genes and columns are observations.
    obs : a second table, one row per observation, its first column naming it.
    """

    gene: str | None = None
    value: str | None = None
    about: tuple[str, ...] = ()
    perturbation: tuple[str, ...] = ()
    transposed: bool = False
    obs: str | None = None

    def __post_init__(self) -> None:
        for name in ("about", "perturbation"):
            value = getattr(self, name)
            values = value if isinstance(value, (tuple, list)) else (value,)
            object.__setattr__(self, name, tuple(map(str, values)))
        for name in ("gene", "value", "obs"):
            text = getattr(self, name)
            if text is not None and not isinstance(text, str):
                raise BadMapping(f"`{name}` of a layout is {text!r}", "write one text in quotes")
        if (self.gene is None) != (self.value is None):
            raise BadMapping(
                "a layout names only one of `gene` and `value`",
                "a long table needs both; a wide one neither",
            )
        if self.is_long and self.transposed:
            raise BadMapping("a layout is both long and transposed", "choose one")

    @property
    def is_long(self) -> bool:
        """True for one row per observation and gene."""
        return self.gene is not None

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> TableLayout:
        """Build from a TOML table, refusing keys that do not exist."""
        valid = [field.name for field in fields(cls)]
        for name in given:
            if name not in valid:
                raise UnknownName(f"a layout has no field '{name}'", did_you_mean(name, valid))
        return cls(**given)


@dataclass(frozen=True)
class Joined:
    """A second file, whose observations are appended to those of the first.

    Parameters
    ----------
    file : path, or a file name on the data path.
    layout : how it is laid out, where it is a table.
    columns : (name, value) of columns that all its observations get.
    """

    file: str
    layout: TableLayout | None = None
    columns: tuple[tuple[str, str], ...] = ()
