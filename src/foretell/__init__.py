"""Foretell: how cells respond to perturbations nobody has run yet.

Public names are loaded when they are first used, so that ``import foretell`` stays light.

>>> import foretell
>>> foretell.Perturbation.parse("KLF1+GATA1").order
2
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from foretell._version import __version__

if TYPE_CHECKING:
    from foretell.bench.runner import run as bench
    from foretell.core.context import Condition, Context
    from foretell.core.dataset import Dataset
    from foretell.core.mapping import ColumnMapping
    from foretell.core.perturbation import Perturbation
    from foretell.core.prediction import Prediction
    from foretell.core.query import Query
    from foretell.core.split import Split
    from foretell.core.task import Task
    from foretell.data.load import load
    from foretell.data.simulate import Screen, simulate
    from foretell.splits.make import make as make_splits

_PUBLIC = {
    "ColumnMapping": "foretell.core.mapping",
    "Condition": "foretell.core.context",
    "Context": "foretell.core.context",
    "Dataset": "foretell.core.dataset",
    "Perturbation": "foretell.core.perturbation",
    "Prediction": "foretell.core.prediction",
    "Query": "foretell.core.query",
    "Screen": "foretell.data.simulate",
    "Split": "foretell.core.split",
    "Task": "foretell.core.task",
    "bench": "foretell.bench.runner:run",
    "load": "foretell.data.load",
    "make_splits": "foretell.splits.make:make",
    "model": "foretell.core.registry:make_model",
    "simulate": "foretell.data.simulate",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604 - names are loaded on first use


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'foretell' has no attribute '{name}'")
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(importlib.import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted(__all__)
