"""Data: what a file holds, what it is worth and shows, and where public ones come from."""

from __future__ import annotations

import typer

from foretell.cli.card import card
from foretell.cli.differential import differential
from foretell.cli.inspect import inspect
from foretell.cli.sources import sources

__all__ = ["data"]

data = typer.Typer(
    help="Look at data: inspect a file, write its card, test its genes, fetch public sets.",
    no_args_is_help=True,
)
data.command("inspect")(inspect)
data.command("card")(card)
data.command("differential")(differential)
data.add_typer(sources, name="sources")
