"""Listing: what is there; reads records only, no heavy library."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import Annotated, Any

import typer

from foretell.core.metric import NEEDS
from foretell.core.registry import Entry, Registry, find

__all__ = ["encodings", "filters", "metrics", "models", "splits", "steps"]

DIRECTIONS = {True: "higher", False: "lower", None: "description"}
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _table(
    kind: str,
    describe: Callable[[Entry], dict[str, Any]],
    collect: Callable[[], list[Entry]] | None = None,
    card: Callable[[Entry], dict[str, Any]] | None = None,
) -> typer.Typer:
    """Return a group of commands `list` and `show` over one registry, or what `collect` finds.

    `card` gives what `show` prints below the docstring, beside what `describe` gives for lists.
    """

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
        record = {} if card is None else card(entry)
        if as_json:
            typer.echo(json.dumps(record | describe(entry) | {"doc": entry.doc}, indent=1))
            return
        typer.echo(f"{entry.name} ({entry.module})\n\n{entry.doc}")
        if record:
            typer.echo("\n" + _lines(record))

    return group


def _lines(record: dict[str, Any]) -> str:
    """Two columns, the second wrapped; lists one item a line."""
    width = max(len(key) for key in record) + 2
    lines = []
    for key, value in record.items():
        items = value if isinstance(value, list) else [str(value)]
        wrapped = [line for item in items for line in textwrap.wrap(item, 100 - width)] or ["-"]
        heads = [key.replace("_", " "), *[""] * len(wrapped)]
        lines += [head.ljust(width) + line for head, line in zip(heads, wrapped, strict=False)]
    return "\n".join(lines)


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
        "direction": DIRECTIONS[m.higher_is_better],
        "chance": "-" if m.chance is None else m.chance,
        "formula": m.formula,
    }


def _metric_card(entry: Entry) -> dict[str, Any]:
    """Everything that is needed to read a metric."""
    from foretell.contract.gaming import MEANINGS

    m = entry.info
    return {
        "formula": m.formula,
        "direction": f"{DIRECTIONS[m.higher_is_better]} is better"
        if m.higher_is_better is not None
        else "none: a description",
        "best": f"{m.best:g}" + (" on average" if m.best_is_expected else ""),
        "chance": "-" if m.chance is None else m.chance,
        "level": m.level,
        "needs": [f"{need}: {NEEDS[need]}" for need in sorted(m.needs)],
        "refers_to": m.refers_to,
        "calibrated": "yes" if m.is_calibrated else "no: high for any answer",
        "relative_scale": "yes" if m.accepts_relative else "not defined there",
        "used_by": m.used_by or "no other evaluator in this form",
        "does_not_withstand": [f"{name}: {MEANINGS[name]}" for name in MEANINGS if name in m.fails],
        "reference": m.reference or "-",
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
metrics = _table("metrics", _metric, card=_metric_card)
encodings = _table("encodings", _encoding)
steps = _table("steps", _plain)
filters = _table("filters", _plain)
splits = _table("splits", _rule, _rules)
