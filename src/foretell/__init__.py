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
    from foretell.core.context import Condition as Condition
    from foretell.core.context import Context as Context
    from foretell.core.dataset import Dataset as Dataset
    from foretell.core.layout import Joined as Joined
    from foretell.core.layout import TableLayout as TableLayout
    from foretell.core.mapping import ColumnMapping as ColumnMapping
    from foretell.core.perturbation import Perturbation as Perturbation
    from foretell.core.prediction import Prediction as Prediction
    from foretell.core.query import Query as Query
    from foretell.core.registry import make_model as model
    from foretell.core.split import Split as Split
    from foretell.core.task import Task as Task
    from foretell.data.inspect.inspect import inspect as inspect
    from foretell.data.load import load as load
    from foretell.data.simulate import Screen as Screen
    from foretell.data.simulate import simulate as simulate
    from foretell.splits.make import make as make_splits

_PUBLIC = {
    "ColumnMapping": "foretell.core.mapping",
    "Condition": "foretell.core.context",
    "Context": "foretell.core.context",
    "Dataset": "foretell.core.dataset",
    "Joined": "foretell.core.layout",
    "Perturbation": "foretell.core.perturbation",
    "Prediction": "foretell.core.prediction",
    "Query": "foretell.core.query",
    "Screen": "foretell.data.simulate",
    "Split": "foretell.core.split",
    "TableLayout": "foretell.core.layout",
    "Task": "foretell.core.task",
    "bench": "foretell.bench.runner:run",
    "inspect": "foretell.data.inspect.inspect",
    "load": "foretell.data.load",
    "make_splits": "foretell.splits.make:make",
    "model": "foretell.core.registry:make_model",
    "simulate": "foretell.data.simulate",
}

__all__ = [
    "ColumnMapping",
    "Condition",
    "Context",
    "Dataset",
    "Joined",
    "Perturbation",
    "Prediction",
    "Query",
    "Screen",
    "Split",
    "TableLayout",
    "Task",
    "__version__",
    "bench",
    "inspect",
    "load",
    "make_splits",
    "model",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'foretell' has no attribute '{name}'")
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(importlib.import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted(__all__)
