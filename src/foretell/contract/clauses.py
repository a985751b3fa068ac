"""Clauses: found by walking this package; a clause is a function called ``check_...``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from foretell.contract.errors import ContractBroken
from foretell.core.errors import ForetellError

__all__ = ["Clause", "check_all", "find_clauses", "name_of"]

PACKAGE, PREFIX = "foretell.contract", "check_"


@dataclass(frozen=True)
class Clause:
    """One promise that every subject of a kind keeps.

    Parameters
    ----------
    kind : ``models``, ``encodings``, ``metrics`` or ``splits``.
    name : the function's name without ``check_``.
    check : raises where the promise is broken.
    """

    kind: str
    name: str
    check: Callable[[Any], None]

    @property
    def sentence(self) -> str:
        """What is promised, in one line."""
        return (inspect.getdoc(self.check) or "").partition("\n")[0]

    def __call__(self, subject: Any) -> None:
        """Check a subject; whatever it raises on the way is a broken clause too."""
        try:
            self.check(subject)
        except Exception as error:
            observed, way_out = f"{type(error).__name__}: {error}", ""
            if isinstance(error, ForetellError):
                observed, way_out = error.problem, error.way_out
            way_out = way_out or "see where the error comes from"
            problem = f"{name_of(subject)} breaks '{self.name}': {observed}"
            raise ContractBroken(problem, way_out, self.name) from error


def check_all(clauses: Iterable[Clause], subject: Any) -> None:
    """Check every clause, then raise what was broken, together."""
    broken: list[ContractBroken] = []
    for clause in clauses:
        try:
            clause(subject)
        except ContractBroken as error:
            broken.append(error)
    if len(broken) == 1:
        raise broken[0]
    if broken:
        raise ContractBroken("\n".join(str(error) for error in broken)) from broken[0]


def find_clauses() -> dict[str, tuple[Clause, ...]]:
    """Collect the clauses of every kind; the kind is the file or folder below this package."""
    found: dict[str, list[Clause]] = {}
    folder = [str(Path(__file__).parent)]
    for info in pkgutil.walk_packages(folder, prefix=f"{PACKAGE}."):
        kind = info.name.split(".")[2]
        if kind != "clauses":
            found.setdefault(kind, []).extend(_read(kind, importlib.import_module(info.name)))
    by_name = {kind: sorted(clauses, key=lambda c: c.name) for kind, clauses in found.items()}
    return {kind: tuple(clauses) for kind, clauses in by_name.items() if clauses}


def _read(kind: str, module: ModuleType) -> Iterator[Clause]:
    for name, value in vars(module).items():
        own = inspect.isfunction(value) and value.__module__ == module.__name__
        if own and name.startswith(PREFIX):
            yield Clause(kind, name.removeprefix(PREFIX), value)


def name_of(subject: Any) -> str:
    """Return what a subject is called in messages."""
    for record in (getattr(subject, "info", None), subject):
        name = getattr(record, "name", None)
        if name:
            return str(name)
    return type(subject).__name__
