"""Registry: find everything that is declared, by walking packages; loud on failure."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from foretell.core.encoding import Encoding
from foretell.core.errors import UnknownName, did_you_mean, shorten
from foretell.core.filter import Filter
from foretell.core.metric import Metric
from foretell.core.model import Model
from foretell.core.network import NetworkInference
from foretell.core.steps import Step

__all__ = ["EXTRAS", "KINDS", "Entry", "Registry", "find", "make_model"]

# kind -> (packages to walk, what to look for)
KINDS: dict[str, tuple[tuple[str, ...], type]] = {
    "models": (("foretell.models", "foretell.uncertainty"), Model),
    "metrics": (("foretell.metrics",), Metric),
    "network_metrics": (("foretell.metrics",), Metric),
    "encodings": (("foretell.knowledge",), Encoding),
    "steps": (("foretell.data",), Step),
    "filters": (("foretell.data",), Filter),
    "inference": (("foretell.networks",), NetworkInference),
}

# extra -> module whose presence shows that it is installed
EXTRAS = {
    "nn": "torch",
    "de": "pydeseq2",
    "enrich": "decoupler",
    "ot": "ot",
    "trees": "lightgbm",
    "chem": "rdkit",
    "lm": "transformers",
    "app": "fastapi",
    "ray": "ray",
    "slurm": "submitit",
    "interop": "scanpy",
}


@dataclass(frozen=True)
class Entry:
    """One declared thing.

    Parameters
    ----------
    name : registry name.
    kind : one of `KINDS`.
    module : module that declares it.
    declared : the class, or the instance for metrics; None for an error entry.
    problem : why it cannot be used: an extra that is not installed, or an import failure.
    is_error : True for an import failure; the contract test fails loudly on it.
    """

    name: str
    kind: str
    module: str
    declared: Any = None
    problem: str = ""
    is_error: bool = False

    @property
    def info(self) -> Any:
        """The record: `ModelInfo`, `EncodingInfo` or the `Metric` itself."""
        return getattr(self.declared, "info", self.declared)

    @property
    def doc(self) -> str:
        """Docstring."""
        documented = self.declared.score if isinstance(self.declared, Metric) else self.declared
        return inspect.getdoc(documented) or ""


@dataclass(frozen=True)
class Registry:
    """Entries of one kind, by name."""

    kind: str
    entries: tuple[Entry, ...]

    @property
    def names(self) -> list[str]:
        """Names that can be used."""
        return [entry.name for entry in self.entries if not entry.problem]

    @property
    def errors(self) -> list[Entry]:
        """Files that failed to import."""
        return [entry for entry in self.entries if entry.is_error]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __getitem__(self, name: str) -> Any:
        """Return the class (or metric) of that name."""
        return self.entry(name).declared

    def entry(self, name: str) -> Entry:
        """Return the entry of that name, if it can be used."""
        for entry in self.entries:
            if entry.name == name:
                if entry.problem:
                    raise UnknownName(
                        f"'{name}' cannot be used: {entry.problem}",
                        f"install what it needs, or use one of: {shorten(self.names)}",
                    )
                return entry
        singular = self.kind.removesuffix("s")
        raise UnknownName(f"there is no {singular} '{name}'", did_you_mean(name, self.names))

    def make(self, name: str, **fields: Any) -> Any:
        """Construct by name, with the nearest field name in the error."""
        cls = self[name]
        valid = [f for f in getattr(cls, "__dataclass_fields__", {}) if f != "seed"]
        for field in fields:
            if field not in valid:
                raise UnknownName(f"'{name}' has no field '{field}'", did_you_mean(field, valid))
        return cls(**fields)


@cache
def find(kind: str) -> Registry:
    """Walk the packages of a kind and collect what they declare."""
    packages, wanted = KINDS[kind]
    entries: list[Entry] = []
    for package in (name for name in packages if importlib.util.find_spec(name) is not None):
        for module_name in sorted(_walk(importlib.import_module(package))):
            entries.extend(_read(module_name, kind, wanted))
    _refuse_duplicates(entries)
    return Registry(kind, tuple(sorted(entries, key=lambda entry: entry.name)))


def _walk(package: ModuleType) -> Iterator[str]:
    """Yield every file, and every folder that cannot be imported, which hides its files."""
    lost: list[str] = []
    prefix = f"{package.__name__}."
    for found in pkgutil.walk_packages(package.__path__, prefix=prefix, onerror=lost.append):
        if not found.ispkg:
            yield found.name
    yield from lost


def _read(module_name: str, kind: str, wanted: type) -> Iterator[Entry]:
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        yield _unimportable(module_name, kind, error)
        return
    for name, value in vars(module).items():
        if isinstance(value, type):
            own = value.__module__ == module_name and issubclass(value, wanted)
            if own and not inspect.isabstract(value) and not name.startswith("_"):
                yield Entry(_name(value), kind, module_name, value, _missing_extra(value))
        elif wanted is Metric:
            for metric in value if isinstance(value, tuple) else (value,):
                if isinstance(metric, Metric) and _is_own(metric, kind, module_name):
                    yield Entry(metric.name, kind, module_name, metric)


def _is_own(metric: Metric, kind: str, module_name: str) -> bool:
    """Tell metrics of a kind that a file declares from others, and from those that it imports."""
    of_kind = (metric.level == "network") == (kind == "network_metrics")
    return of_kind and metric.score.__module__ == module_name


def _unimportable(module_name: str, kind: str, error: Exception) -> Entry:
    name = module_name.rpartition(".")[2]
    wanted = getattr(error, "name", None) if isinstance(error, ImportError) else None
    for extra, library in EXTRAS.items():
        if wanted == library:
            return Entry(name, kind, module_name, problem=_install(extra))
    problem = f"{type(error).__name__}: {error}"
    return Entry(name, kind, module_name, problem=problem, is_error=True)


def _missing_extra(cls: type) -> str:
    info = getattr(cls, "info", None)
    for extra in getattr(info, "extras", ()):
        if importlib.util.find_spec(EXTRAS[extra]) is None:
            return _install(extra)
    return ""


def _install(extra: str) -> str:
    return f"not installed; pip install 'foretell[{extra}]'"


def _name(cls: type) -> str:
    info = getattr(cls, "info", None)
    if info is not None:
        return str(info.name)
    text = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__)
    return text.removeprefix("_")


def _refuse_duplicates(entries: list[Entry]) -> None:
    seen: dict[str, str] = {}
    for entry in entries:
        if entry.name in seen:
            raise UnknownName(
                f"two {entry.kind} are called '{entry.name}': {seen[entry.name]}, {entry.module}",
                "rename one",
            )
        seen[entry.name] = entry.module


def make_model(name: str, **fields: Any) -> Model:
    """Construct a model by its registry name."""
    model: Model = find("models").make(name, **fields)
    return model
