"""Catalogue: every public data set that has a file here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from foretell.core.errors import UnknownName, did_you_mean
from foretell.core.source import Source

__all__ = ["find_source", "sources"]

MACHINERY = ("catalogue", "open")  # whatever else lies in this folder declares a source


@cache
def sources() -> dict[str, Source]:
    """Return every source by name; a file that declares none, or by another name, is an error."""
    package = importlib.import_module("foretell.data.sources")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg or module.name in MACHINERY:
            continue
        declared = importlib.import_module(f"{package.__name__}.{module.name}")
        source = getattr(declared, "SOURCE", None)
        if not isinstance(source, Source) or source.name != module.name:
            raise UnknownName(
                f"{declared.__name__} declares no source '{module.name}'",
                f"declare SOURCE = Source(name='{module.name}', ...) in it",
            )
        found[source.name] = source
    return found


def find_source(name: str) -> Source:
    """Return one source by name."""
    if name not in sources():
        raise UnknownName(f"there is no source '{name}'", did_you_mean(name, sources()))
    return sources()[name]
