"""Report: write the HTML report of a finished study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    study: Annotated[Path, typer.Argument(help="A study file, or the folder of its results.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the results.")] = None,
    to: Annotated[Path | None, typer.Option(help="File to write.")] = None,
) -> None:
    """Write one self-contained HTML file."""
    from foretell.bench.results import Results
    from foretell.cli.leaderboard import results_folder
    from foretell.report.write import write_report

    typer.echo(write_report(Results.load(results_folder(study, out)), to))
