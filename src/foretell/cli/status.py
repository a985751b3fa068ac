"""Status: how far a study is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["status"]


def status(
    study: Annotated[Path, typer.Argument(help="A study file (TOML).")],
    out: Annotated[Path | None, typer.Option(help="Folder of the results.")] = None,
    store: Annotated[Path | None, typer.Option(help="Folder of runs.")] = None,
) -> None:
    """Count what is done, failed and missing, without running anything."""
    from foretell.bench.runner import progress
    from foretell.bench.store import Store
    from foretell.bench.study_file import read_study

    read = read_study(study)
    folder = store or (out or Path("results") / read.name) / "store"
    found = progress(read, Store(folder))
    typer.echo(f"study {read.name} ({read.hash}) in {folder}")
    typer.echo(f"runs:   {found.done} done, {found.failed} failed, of {found.runs}")
    typer.echo(f"scores: {found.scored} of {found.scores}")
    if not found.is_complete:
        typer.echo(f"go on with: foretell bench {study}")
