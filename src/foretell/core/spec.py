"""Canonical description and hash of any dataclass, with type names at every level."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["describe", "hash_text", "spec_hash"]

LENGTH = 16


def describe(value: Any) -> Any:
    """Turn a value into plain JSON, naming the type of every dataclass on the way down.

    Fields called ``seed`` and fields with metadata ``{"spec": False}`` are left out: a seed is an
    axis of a run, not a part of what a method is.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"type": _type_name(value)} | {
            field.name: describe(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name != "seed" and field.metadata.get("spec", True)
        }
    if isinstance(value, Mapping):
        return {"map": sorted([str(k), describe(v)] for k, v in value.items())}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted(json.dumps(describe(v), sort_keys=True) for v in value)}
    if isinstance(value, (list, tuple)):
        return [describe(v) for v in value]
    return _describe_leaf(value)


def _describe_leaf(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": [str(value.dtype), list(value.shape), _hash_array(value)]}
    if isinstance(value, Enum):
        return {"enum": [_type_name(value), value.name]}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return {"path": str(value)}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(
        f"cannot describe a {type(value).__name__} in a spec: use numbers, text, tuples, arrays "
        "or dataclasses as fields"
    )


def spec_hash(value: Any) -> str:
    """Hash a description; equal fields of different types get different hashes."""
    return hash_text(json.dumps(describe(value), sort_keys=True, allow_nan=True))


def hash_text(text: str) -> str:
    """Shorten a text to the hash that names it in the store."""
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _hash_array(array: np.ndarray) -> str:
    if array.dtype == object:
        return hash_text(json.dumps([str(v) for v in array.ravel()]))
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:LENGTH]


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
