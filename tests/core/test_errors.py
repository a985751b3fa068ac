"""Errors: every one that Foretell raises says what to do next."""

from __future__ import annotations

import ast
from pathlib import Path

import foretell
from foretell.core import errors
from foretell.core.errors import ForetellError

NAMES = {n for n in errors.__all__ if isinstance(getattr(errors, n), type)}


def is_silent(node: ast.AST) -> bool:
    """True for one of our errors that is built from a problem alone."""
    is_ours = isinstance(node, ast.Call) and getattr(node.func, "id", "") in NAMES
    return is_ours and len(node.args) + len(node.keywords) < 2


def test_every_error_class_is_ours():
    assert all(issubclass(getattr(errors, name), ForetellError) for name in NAMES)


def test_every_error_that_is_raised_gives_a_way_out():
    silent = [
        f"{file.parent.name}/{file.name}:{node.lineno}"
        for file in sorted(Path(foretell.__file__).parent.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if is_silent(node)
    ]
    assert silent == []
