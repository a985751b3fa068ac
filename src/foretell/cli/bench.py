"""Bench: run a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["bench"]


def bench(
    study: Annotated[Path, typer.Argument(help="A study file (TOML).")],
    out: Annotated[Path | None, typer.Option(help="Folder of the results.")] = None,
    store: Annotated[
        Path | None, typer.Option(help="Folder of runs, shared between studies.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Processes at once.")
    ] = None,
    memory_gb: Annotated[
        float | None, typer.Option(min=0.1, help="Memory for tasks together.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option(help="Run failed models again.")] = False,
    report: Annotated[bool, typer.Option(help="Write report.html.")] = True,
) -> None:
    """Run a study, doing only what is missing; write its tables and its report."""
    from foretell.bench.runner import run
    from foretell.cli.progress import Progress
    from foretell.cli.tables import show_leaderboard

    with Progress() as progress:
        results = run(
            study,
            out=out,
            store=store,
            jobs=jobs,
            megabytes=None if memory_gb is None else memory_gb * 1024,
            retry_failed=retry_failed,
            listener=progress,
        )
    show_leaderboard(results)
    typer.echo(f"tables: {results.folder}")
    if report:
        from foretell.report.write import write_report

        typer.echo(f"report: {write_report(results)}")
