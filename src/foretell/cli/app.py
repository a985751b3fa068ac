"""App: the verbs put together."""

from __future__ import annotations

from typing import Annotated

import typer

import foretell
from foretell.cli.bench import bench
from foretell.cli.data import data
from foretell.cli.demo import demo
from foretell.cli.init import init
from foretell.cli.leaderboard import leaderboard
from foretell.cli.listing import encodings, filters, metrics, models, splits, steps
from foretell.cli.report import report
from foretell.cli.score import score
from foretell.cli.status import status

__all__ = ["app"]

app = typer.Typer(
    name="foretell",
    help="Predict how cells respond to perturbations nobody has run yet; judge methods fairly.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"foretell {foretell.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take options that stand before the verb."""
    del version


app.command()(demo)
app.command()(init)
app.command()(bench)
app.command()(status)
app.command()(leaderboard)
app.command()(report)
app.command()(score)
app.add_typer(data, name="data")
app.add_typer(models, name="models")
app.add_typer(metrics, name="metrics")
app.add_typer(encodings, name="encodings")
app.add_typer(splits, name="splits")
app.add_typer(steps, name="steps")
app.add_typer(filters, name="filters")
