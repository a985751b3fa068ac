"""Demo: the main job on a simulated screen, end to end, without a network."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]

NEXT = """
Next:
  foretell models list                     what can be compared
  foretell bench benchmarks/quick.toml     a study in one file: edit it, run it again
  foretell leaderboard {out} --format csv  the table as data
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
    typer.echo(NEXT.format(out=out))
