"""Case: one file, how it is asked for, and what has to happen."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foretell.core.errors import ForetellError
from foretell.core.layout import TableLayout

__all__ = ["Asks", "Case", "NoScreen", "Reads", "Refused", "all_cases", "case"]

CASES: list[Case] = []


@dataclass(frozen=True)
class Reads:
    """Inspect finds a mapping that is complete, and loading with it works.

    Parameters
    ----------
    perturbation, control : what inspect has to find; control may be a column of flags.
    n : perturbed conditions of the loaded data set.
    words : stand somewhere in its evidence, alternatives or remarks.
    columns : further fields of the mapping; None where a field must not be set.
    labels : perturbations of the loaded data set.
    """

    perturbation: str | None = "perturbation"
    control: Any = None
    n: int | None = None
    words: tuple[str, ...] = ()
    columns: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    genes: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.n} conditions" if self.n is not None else ""]
        parts += [f"control {self.control!r}" if self.control is not None else ""]
        parts += [f"says '{word}'" for word in self.words]
        return "reads" + ("" if not any(parts) else ": " + ", ".join(p for p in parts if p))


@dataclass(frozen=True)
class Asks:
    """Inspect leaves one guess open and says what there is to decide; `n` if it loads at all."""

    about: str
    words: tuple[str, ...] = ()
    n: int | None = None

    def __str__(self) -> str:
        said = "".join(f", says '{word}'" for word in self.words)
        return f"asks about `{self.about}`{said}"


@dataclass(frozen=True)
class NoScreen:
    """Inspect says that the file is no perturbation screen, and why."""

    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "is no screen" + "".join(f", says '{word}'" for word in self.words)


@dataclass(frozen=True)
class Refused:
    """An error of ours names the problem and the way out, from inspect, from load or from both."""

    kind: type[ForetellError]
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind.__name__}" + "".join(f", says '{word}'" for word in self.words)


Expectation = Reads | Asks | NoScreen | Refused


@dataclass(frozen=True)
class Case:
    """A file and what has to happen to it.

    Parameters
    ----------
    theme, name : module and function.
    what : the first line of the function's docstring.
    write : writes the file at a path.
    file : its name.
    said : answers that a person gives.
    layout : of a table.
    cli : True where the command line is tried as well.
    as_user : True where the administrator of a machine would be let in.
    """

    theme: str
    name: str
    what: str
    expected: Expectation
    write: Callable[[Path], None]
    file: str = "screen.h5ad"
    said: dict[str, Any] = field(default_factory=dict)
    layout: TableLayout | None = None
    cli: bool = False
    as_user: bool = False


def case(expected: Expectation, file: str = "screen.h5ad", **more: Any) -> Callable[[Any], Any]:
    """Register a function that writes one file."""

    def register(write: Callable[[Path], None]) -> Callable[[Path], None]:
        theme = write.__module__.rpartition(".")[2]
        what = (write.__doc__ or "").splitlines()[0].rstrip(".")
        CASES.append(Case(theme, write.__name__, what, expected, write, file, **more))
        return write

    return register


def all_cases() -> list[Case]:
    """Return every case of the package, by theme."""
    package = importlib.import_module("corpus.themes")
    for found in pkgutil.iter_modules(package.__path__, prefix="corpus.themes."):
        importlib.import_module(found.name)
    return sorted(CASES, key=lambda case: case.theme)
