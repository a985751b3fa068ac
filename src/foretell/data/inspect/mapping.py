"""Mapping: the guesses as a `ColumnMapping`, and how it is written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from foretell.core.layout import TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.data.inspect.guess import Guess

__all__ = [
    "FIELDS",
    "as_command",
    "as_python",
    "as_toml",
    "chosen_columns",
    "layout_fields",
    "toml_value",
]

FIELDS = tuple(field.name for field in fields(ColumnMapping))
ALWAYS = ("perturbation", "scale")  # written also where they are the default
OPTIONS = (
    "perturbation", "control", "is_control", "delimiter", "no_call", "context", "blocks", "scale",
    "layer", "dose", "dose_unit", "horizon_h", "horizon_unit", "kind", "observation",
    "library_size", "gene_names",
)  # fmt: skip


def chosen_columns(guesses: Mapping[str, Guess]) -> dict[str, Any]:
    """Return the fields of the mapping that differ from the defaults, in their order."""
    default = {field.name: field.default for field in fields(ColumnMapping)}
    chosen: dict[str, Any] = {}
    for name in FIELDS:
        guess = guesses.get(name)
        if guess is None or guess.value is None or (guess.value in ([], {}) and name != "control"):
            continue
        value = (
            guess.value[0]
            if isinstance(guess.value, list) and len(guess.value) == 1
            else guess.value
        )
        is_default = value == default[name] or (value,) == default[name]
        if name in ALWAYS or not is_default:
            chosen[name] = value
    if chosen.get("control") == [] or "is_control" in chosen:
        chosen.pop("control", None)
    if "horizon_h" not in chosen:
        chosen.pop("horizon_unit", None)
    if "dose" not in chosen and "dose_mark" not in chosen:
        chosen.pop("dose_unit", None)
    return chosen


def toml_value(value: Any) -> str:
    """Write a value of a mapping in TOML.

    >>> toml_value(["a", "b"]), toml_value({"cell type": ["B"]})
    ('["a", "b"]', '{ "cell type" = ["B"] }')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{_key(str(k))} = {toml_value(v)}" for k, v in value.items())
        return "{ " + ", ".join(pairs) + " }"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name, ensure_ascii=False)


def layout_fields(layout: TableLayout | None) -> dict[str, Any]:
    """Return the fields of a layout that differ from the defaults."""
    if layout is None:
        return {}
    default = TableLayout()
    return {
        f.name: getattr(layout, f.name)
        for f in fields(layout)
        if getattr(layout, f.name) != getattr(default, f.name)
    }


def as_toml(file: str, columns: Mapping[str, Any], layout: TableLayout | None = None) -> str:
    """Write the lines of a ``[[datasets]]`` table of a study."""
    lines = [f"file = {toml_value(file)}"]
    described = layout_fields(layout)
    if described:
        lines.append(f"layout = {toml_value(described)}")
    lines.append(f"columns = {toml_value(dict(columns))}")
    return "\n".join(lines)


def as_python(file: str, columns: Mapping[str, Any], layout: TableLayout | None = None) -> str:
    """Write the call of ``foretell.load``."""
    described = ", ".join(f"{k}={v!r}" for k, v in layout_fields(layout).items())
    parts = [repr(file)]
    if described:
        parts.append(f"layout=foretell.TableLayout({described})")
    parts += [f"{name}={value!r}" for name, value in columns.items()]
    return f"foretell.load({', '.join(parts)})"


def as_command(file: str, columns: Mapping[str, Any]) -> str:
    """Write the command that looks again with these answers given."""
    import shlex

    words = ["foretell", "data", "inspect", file]
    for name, value in columns.items():
        if name not in OPTIONS:
            words += ["--set", f"{name}={toml_value(value)}"]
            continue
        for item in value if isinstance(value, list) else [value]:
            words += [f"--{name.replace('_', '-')}", str(item)]
    return shlex.join(words)
