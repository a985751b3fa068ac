"""Evaluators: found because their file exists."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import foretell.compat as package
from foretell.compat.scores import CompatScores
from foretell.core.errors import BadMapping, UnknownName, did_you_mean

__all__ = ["evaluators", "score_as"]


@cache
def evaluators() -> MappingProxyType[str, Any]:
    """Return modules by the name that a user types, such as ``cell-eval``."""
    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{info.name}")
        if {"NAME", "VERSION", "score"} <= set(module.__all__):
            found[info.name.replace("_", "-")] = module
    return MappingProxyType(found)


def score_as(name: str, real: Any, pred: Any, **settings: Any) -> CompatScores:
    """Score a prediction as an evaluator does, all its defects included.

    Parameters
    ----------
    name : of the evaluator, for example ``cell-eval``.
    real, pred : AnnData-like: `X`, `obs`, `var_names`.
    settings : of its `score`: ``perturbation`` and ``control`` everywhere, ``train`` for Systema.

    Raises
    ------
    UnknownName
        If there is no such evaluator.
    BadMapping
        If a setting is missing or not known to it.
    """
    known = evaluators()
    if name not in known:
        raise UnknownName(f"there is no evaluator '{name}'", did_you_mean(name, known))
    try:
        scores: CompatScores = known[name].score(real, pred, **settings)
    except TypeError as error:
        if "argument" not in str(error):
            raise
        raise BadMapping(f"{name}: {error}", f"see `{known[name].__name__}`") from error
    return scores
