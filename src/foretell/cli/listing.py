"""Listing: what is there; reads records only, no heavy library."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from foretell.core.registry import Entry, Registry, find

__all__ = ["encodings", "filters", "metrics", "models", "splits", "steps"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _table(
    kind: str,
    describe: Callable[[Entry], dict[str, Any]],
    collect: Callable[[], list[Entry]] | None = None,
) -> typer.Typer:
    """Return a group of commands `list` and `show` over one registry, or what `collect` finds."""

    def entries() -> list[Entry]:
        return list(find(kind)) if collect is None else collect()

    group = typer.Typer(help=f"List and show {kind}.", no_args_is_help=True)

    @group.command("list")
    def list_(as_json: AsJson = False) -> None:
        """List by name."""
        rows = [describe(entry) for entry in entries()]
        typer.echo(json.dumps(rows, indent=1) if as_json else _columns(rows))

    @group.command("show")
    def show(name: str, as_json: AsJson = False) -> None:
        """Show one card."""
        entry = Registry(kind, tuple(entries())).entry(name)
        text = json.dumps(describe(entry) | {"doc": entry.doc}, indent=1)
        typer.echo(text if as_json else f"{entry.name} ({entry.module})\n\n{entry.doc}")

    return group


def _columns(rows: list[dict[str, Any]]) -> str:
    cells = [{key: _cell(value) for key, value in row.items()} for row in rows]
    widths = {key: max(len(row[key]) for row in cells) for key in cells[0]} if cells else {}
    lines = ["  ".join(row[key].ljust(width) for key, width in widths.items()) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: Any) -> str:
    """Join lists; of long ones only the number is shown, JSON has them all."""
    if not isinstance(value, list):
        return str(value)
    text = ", ".join(map(str, value))
    return text if len(text) < 60 else f"{len(value)} tasks"


def _model(entry: Entry) -> dict[str, Any]:
    info = entry.info
    return {
        "name": entry.name,
        "family": info.family if info else "",
        "summary": info.summary if info else "",
        "tasks": [str(task) for task in info.tasks] if info else [],
        "problem": entry.problem,
    }


def _metric(entry: Entry) -> dict[str, Any]:
    m = entry.info
    return {
        "name": m.name,
        "direction": "higher" if m.higher_is_better else "lower",
        "chance": "-" if m.chance is None else m.chance,
        "formula": m.formula,
    }


def _encoding(entry: Entry) -> dict[str, Any]:
    info = entry.info
    unseen = "unseen targets" if info.covers_unseen else "seen targets only"
    return {"name": info.name, "summary": info.summary, "covers": unseen}


def _plain(entry: Entry) -> dict[str, Any]:
    first = entry.doc.splitlines()[0] if entry.doc else ""
    return {"name": entry.name, "summary": entry.problem or first}


def _rules() -> list[Entry]:
    """Every rule of division, which is a module."""
    from foretell.splits.rules import find_module, rule_files

    modules = [find_module(name) for name in rule_files()]
    return [Entry(m.__name__.rpartition(".")[2], "splits", m.__name__, m) for m in modules]


def _rule(entry: Entry) -> dict[str, Any]:
    from foretell.splits.rules import rule_options

    options = [str(name) for name in rule_options(entry.name)]
    return _plain(entry) | {"options": options}


models = _table("models", _model)
metrics = _table("metrics", _metric)
encodings = _table("encodings", _encoding)
steps = _table("steps", _plain)
filters = _table("filters", _plain)
splits = _table("splits", _rule, _rules)
