"""Look: what the guesses read, and what was guessed so far."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from foretell.data.inspect.column import Column, Columns
from foretell.data.inspect.guess import Guess, Remark, given
from foretell.data.inspect.opened import Opened, X
from foretell.data.inspect.sample import Sample, sample_of
from foretell.data.readers.faults import reading

__all__ = ["Look"]


@dataclass(eq=False)
class Look:
    """One look at a file: tables, samples, what the user said, and the guesses by name."""

    opened: Opened
    said: Mapping[str, Any] = field(default_factory=dict)
    guesses: dict[str, Guess] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    _samples: dict[str, Sample] = field(default_factory=dict)

    @cached_property
    def columns(self) -> Columns:
        """Columns of the observations."""
        return Columns(self.opened.obs)

    @cached_property
    def var(self) -> Columns:
        """Columns of the genes."""
        return Columns(self.opened.var)

    @cached_property
    def genes(self) -> np.ndarray:
        """(n_genes,) the index of ``var`` as text."""
        return np.asarray(self.opened.var.index, dtype=str)

    @cached_property
    def gene_names(self) -> dict[str, frozenset[str]]:
        """Names of genes by where they stand: ``""`` = the index, or a text column of ``var``."""
        names = {"": frozenset(self.genes)}
        for column in self.var:
            if not column.is_number and not column.is_flag and len(column.values) > 1:
                names[column.name] = frozenset(column.values)
        return names

    @cached_property
    def all_genes(self) -> frozenset[str]:
        """Every name of a gene, from the index or a column."""
        return frozenset().union(*self.gene_names.values())

    def sample(self, name: str = X) -> Sample:
        """Rows of a matrix, read once."""
        if name not in self._samples:
            path = self.opened.path
            with nullcontext() if path is None else reading(path, f"matrix {name}"):
                self._samples[name] = sample_of(self.opened.matrices[name])
        return self._samples[name]

    def add(self, *guesses: Guess) -> None:
        """Keep guesses; what the user said wins."""
        for guess in guesses:
            said = guess.what in self.said
            self.guesses[guess.what] = given(guess.what, self.said[guess.what]) if said else guess

    def remark(self, level: str, text: str, way_out: str = "") -> None:
        """Keep a remark, once."""
        remark = Remark(level, text, way_out)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def value(self, what: str, default: Any = None) -> Any:
        """Return the value of a guess."""
        guess = self.guesses.get(what)
        return default if guess is None or guess.value is None else guess.value

    @property
    def perturbation(self) -> Column | None:
        """The column of perturbations, where there is one."""
        name = self.value("perturbation")
        return self.columns[name] if name is not None and name in self.columns else None
