"""Inspection: everything that was found out about a file, as one record."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from foretell.core.dataset import Dataset
from foretell.core.layout import TableLayout
from foretell.data.inspect.guess import UNCLEAR, Guess, Remark
from foretell.data.inspect.judge import Judgement
from foretell.data.inspect.mapping import as_command, as_python, as_toml

__all__ = ["Inspection"]


@dataclass(frozen=True, eq=False)
class Inspection:
    """What a file is.

    Parameters
    ----------
    name, path : of the file; no path for an AnnData in memory.
    n_obs, n_genes : its size.
    guesses : answers by name, each with evidence, alternatives and confidence.
    remarks : errors, warnings and notes.
    columns : the mapping that would be used, without what is a default.
    judgement : what can be asked; None where the mapping does not load.
    dataset : the data set as the mapping makes it, without values; None where it does not load.
    """

    name: str
    path: Path | None
    n_obs: int
    n_genes: int
    guesses: dict[str, Guess]
    remarks: tuple[Remark, ...]
    columns: dict[str, Any]
    layout: TableLayout | None = None
    judgement: Judgement | None = None
    dataset: Dataset | None = None

    @property
    def is_screen(self) -> bool:
        """False for embeddings, networks and expression without perturbations."""
        return bool(self.guesses["screen"].value == "screen")

    @property
    def is_usable(self) -> bool:
        """True for a screen whose mapping loads."""
        errors = any(remark.level == "error" for remark in self.remarks)
        return self.is_screen and self.judgement is not None and not errors

    @property
    def unclear(self) -> tuple[Guess, ...]:
        """Guesses that a person has to decide."""
        return tuple(g for g in self.guesses.values() if g.confidence == UNCLEAR)

    @property
    def exit_code(self) -> int:
        """0 where all is sure or likely, 3 where something is unclear, 2 where nothing loads."""
        if not self.is_usable:
            return 2
        return 3 if self.unclear else 0

    @property
    def file(self) -> str:
        """Name to write into a study: the path, or the stem of a file on the data path."""
        if self.path is None:
            return self.name
        from foretell.data.find import DATA_PATH, data_files

        on_path = os.environ.get(DATA_PATH) and self.path in set(data_files())
        return self.path.stem if on_path else str(self.path)

    @property
    def toml(self) -> str:
        """The lines of a study."""
        return as_toml(self.file, self.columns, self.layout)

    @property
    def python(self) -> str:
        """The call that loads it."""
        return as_python(self.file, self.columns, self.layout)

    @property
    def command(self) -> str:
        """The command that looks again with these answers given."""
        return as_command(self.file, self.columns)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "name": self.name,
            "path": None if self.path is None else str(self.path),
            "n_obs": self.n_obs,
            "n_genes": self.n_genes,
            "is_screen": self.is_screen,
            "is_usable": self.is_usable,
            "exit_code": self.exit_code,
            "guesses": {name: asdict(guess) for name, guess in self.guesses.items()},
            "remarks": [asdict(remark) for remark in self.remarks],
            "columns": self.columns,
            "layout": None if self.layout is None else asdict(self.layout),
            "judgement": None if self.judgement is None else self.judgement.to_dict(),
            "toml": self.toml,
            "python": self.python,
        }
