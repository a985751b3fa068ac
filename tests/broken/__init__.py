"""Broken subjects: for every clause of the contract, one that exactly this clause must reject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SUBJECTS: list[Broken] = []


@dataclass(frozen=True)
class Broken:
    """A subject, the clause that it breaks, and those that cannot but notice as well."""

    kind: str
    clause: str
    also: tuple[str, ...]
    what: str
    make: Callable[[], Any]


def breaks(clause: str, *also: str) -> Callable[[Any], Any]:
    """Register a subject: a class, a function that makes one, or a finished object."""

    def register(what: Any) -> Any:
        known = isinstance(what, type) or callable(getattr(what, "__code__", None))
        make = what if known or hasattr(what, "__code__") else lambda: what
        module = what.score.__module__ if hasattr(what, "score") else what.__module__
        name = getattr(what, "__name__", None) or what.name
        SUBJECTS.append(Broken(module.split(".")[1], clause, also, name, make))
        return what

    return register
