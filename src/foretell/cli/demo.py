"""Demo: the main job on a simulated screen, end to end, without a network."""

from __future__ import annotations

import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]

NEXT = """
Next:
  {program} models list
      what can be compared
  {program} leaderboard {out} --format csv
      the table as data
  {program} bench {out}/study.toml
      the study as a file: put your own .h5ad in, change the models, run it again
"""


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("foretell-demo"),
) -> None:
    """Judge the baselines on a simulated screen: a leaderboard and a report in a minute."""
    from foretell.bench.runner import run
    from foretell.bench.study_file import parse_study
    from foretell.cli.progress import Progress
    from foretell.cli.tables import show_leaderboard
    from foretell.report.write import write_report

    text = files("foretell.bench").joinpath("demo.toml").read_text(encoding="utf-8")
    with Progress() as progress:
        results = run(parse_study(text, name="demo"), out=out, listener=progress)
    show_leaderboard(results)
    typer.echo(f"report: {write_report(results)}")
    typer.echo(NEXT.format(out=out, program=_program()))


def _program() -> str:
    """Return how the command was called, so that the next ones can be copied."""
    called = Path(sys.argv[0])
    return "foretell" if shutil.which("foretell") else str(called)
