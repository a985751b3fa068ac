"""Card: what a data file is worth before anything is predicted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["card"]


def card(
    file: Annotated[Path, typer.Argument(help="A data file, or its name on the data path.")],
    out: Annotated[Path | None, typer.Option(help="HTML page to write.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    to_json: Annotated[Path | None, typer.Option("--json", help="JSON file to write.")] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(help="Part of the mapping, key=value; lists as a,b. May be given again."),
    ] = None,
    guides: Annotated[str | None, typer.Option(help="Column that divides conditions.")] = None,
    mito: Annotated[
        str | None, typer.Option(help="Column with the mitochondrial share, 0 to 1.")
    ] = None,
    draws: Annotated[int, typer.Option(min=19, help="Permutations of the effect test.")] = 999,
    on_disk: Annotated[bool, typer.Option(help="Leave the matrix in the file.")] = False,
) -> None:
    """Show what a screen is worth: effects, targets, guides, depth, saturation."""
    from foretell.analysis.quality.card import data_card
    from foretell.report.data_card import render_markdown, write_card, write_markdown

    dataset, tasks, notes = _opened(file, mapping_of(columns or []), on_disk)
    made = data_card(
        dataset, guides=guides, mito=mito, draws=draws, tasks=tasks, notes=notes
    ).to_dict()
    if out is not None:
        typer.echo(f"page: {write_card(made, out)}")
    if markdown is not None:
        typer.echo(f"markdown: {write_markdown(made, markdown)}")
    if to_json is not None:
        from foretell.bench.store import write_text

        write_text(to_json, json.dumps(made, indent=1, allow_nan=False))
        typer.echo(f"json: {to_json}")
    if out is markdown is to_json is None:
        typer.echo(render_markdown(made))


def mapping_of(texts: list[str]) -> dict[str, Any]:
    """Read ``key=value``; a field that holds a list is split at commas, numbers are numbers."""
    from foretell.core.errors import BadMapping
    from foretell.core.mapping import LISTS

    found: dict[str, Any] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise BadMapping(
                f"'{text}' does not say which column is what",
                "write key=value, such as kind=knockout",
            )
        key = key.strip()
        if key in LISTS:
            found[key] = [part.strip() for part in value.split(",")]
        elif key == "min_cells" and value.strip().isdigit():
            found[key] = int(value)
        elif key == "keep":
            column, _, values = value.partition(":")
            found.setdefault(key, {})[column.strip()] = [v.strip() for v in values.split(",")]
        else:
            found[key] = value.strip()
    return found


def _opened(
    file: Path, columns: dict[str, Any], on_disk: bool
) -> tuple[Any, list[dict[str, Any]], tuple[str, ...]]:
    """Load a file as it was understood; what was given is believed, the rest is found out."""
    from foretell.core.errors import BadMapping
    from foretell.data.inspect.inspect import inspect
    from foretell.data.load import load

    found = inspect(file, said=columns, quick=True)
    errors = [remark for remark in found.remarks if remark.level == "error"]
    if not found.is_screen or errors or found.judgement is None:
        problem = errors[0].text if errors else "it is no perturbation screen that can be loaded"
        way_out = errors[0].way_out if errors else ""
        raise BadMapping(
            f"{file}: {problem}", way_out or "say which column is what: --columns key=value"
        )
    dataset = load(found.path or file, on_disk=on_disk, layout=found.layout, **found.columns)
    tasks = [
        {
            "task": str(v.task).replace("_", " "),
            "possible": v.is_possible,
            "n": v.n_conditions,
            "why": v.why,
        }
        for v in found.judgement.tasks
    ]
    doubts = [
        f"`{g.what}` was read as {g.value!r}, which is unclear: {'; '.join(g.evidence)}."
        for g in found.unclear
    ]
    remarks = [remark.text for remark in found.remarks if remark.level == "warning"]
    return dataset, tasks, (*doubts, *remarks)
