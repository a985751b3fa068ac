"""Metric code: a version of every metric, so that a new one leaves the scores of others alone."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import foretell
from foretell.core.registry import find

__all__ = ["metric_versions"]


def metric_versions(names: Iterable[str]) -> dict[str, str]:
    """Hash the file of each metric, with the files of the package that declare none."""
    entries = {entry.name: entry.module for entry in find("metrics")}
    return {name: _version(entries[name]) for name in names}


@cache
def _version(module: str) -> str:
    declaring = {entry.module for entry in find("metrics")}
    root = Path(foretell.__file__).parent
    digest = hashlib.sha256()
    for file in sorted((root / "metrics").rglob("*.py")):
        name = ".".join(("foretell", *file.relative_to(root).with_suffix("").parts))
        if name not in declaring:
            digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    source = importlib.import_module(module).__file__
    digest.update(b"" if source is None else Path(source).read_bytes())
    return digest.hexdigest()[:16]
