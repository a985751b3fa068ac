"""Leaderboard: print the table of a finished study."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["leaderboard"]


class Format(StrEnum):
    """How to print it."""

    TABLE = "table"
    CSV = "csv"
    MD = "md"
    JSON = "json"
    PARQUET = "parquet"


def leaderboard(
    study: Annotated[Path, typer.Argument(help="A study file, or the folder of its results.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the results.")] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="Output form.")] = Format.TABLE,
    to: Annotated[Path | None, typer.Option(help="File to write (needed for parquet).")] = None,
) -> None:
    """Show the leaderboard as a table, CSV, Markdown, JSON or parquet."""
    from foretell.bench.results import Results
    from foretell.cli.tables import show_leaderboard, write_leaderboard

    results = Results.load(results_folder(study, out))
    if format_ is Format.TABLE:
        show_leaderboard(results)
    else:
        write_leaderboard(results, str(format_), to)


def results_folder(study: Path, out: Path | None) -> Path:
    """Return the folder of a study's results."""
    if out is not None:
        return out
    if study.is_dir():
        return study
    from foretell.bench.study_file import read_study

    return Path("results") / read_study(study).name
