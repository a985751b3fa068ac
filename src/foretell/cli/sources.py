"""Sources: public data sets by name; list them, show their cards, fetch them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["sources"]

sources = typer.Typer(help="List, show and fetch public data sets.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of a source.")]
Folder = Annotated[Path | None, typer.Option("--to", help="Folder of the files.")]


@sources.command("list")
def list_(
    word: Annotated[str, typer.Argument(help="Only names and titles with this word.")] = "",
    to: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List by name; a star marks what is here already."""
    from foretell.data.fetch import cache_folder
    from foretell.data.sources.catalogue import sources as every

    folder = to or cache_folder()
    rows = [
        {
            "name": source.name,
            "size": _size(source.size),
            "here": "*" if (folder / source.ready).is_file() else "",
            "title": source.title if source.address else f"{source.title} (by hand)",
        }
        for source in every().values()
        if word.lower() in f"{source.name} {source.title}".lower()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        typer.echo(f"{row['name']:{width}}  {row['size']:>9} {row['here']:1}  {row['title']}")
    typer.echo(f"{len(rows)} sources; files in {folder}", err=True)


@sources.command("show")
def show(name: Name, to: Folder = None, as_json: AsJson = False) -> None:
    """Show one card: address, sums, licence, shape, mapping, and what to mind."""
    from foretell.data.sources.catalogue import find_source

    source = find_source(name)
    if as_json:
        typer.echo(json.dumps(asdict(source), indent=1))
        return
    for key, value in _card(source, to):
        typer.echo(f"{key:14}{value}")
    for note in source.notes:
        typer.echo(f"  - {note}")


@sources.command("fetch")
def fetch_(
    name: Name,
    offline: Annotated[bool, typer.Option("--offline", help="Never open a connection.")] = False,
    to: Folder = None,
    force: Annotated[bool, typer.Option("--force", help="Download even what is here.")] = False,
) -> None:
    """Fetch one set (once), check its sum, unpack it; print where it is."""
    from foretell.data.fetch import fetch
    from foretell.data.sources.catalogue import find_source

    source = find_source(name)
    with _bar(source.download) as progress:
        path = fetch(source, to=to, offline=offline, progress=progress, force=force)
    typer.echo(str(path))


def _card(source: Source, to: Path | None) -> Iterator[tuple[str, str]]:
    yield "name", source.name
    yield "title", source.title
    yield "collection", source.collection or "none"
    yield "species", source.species
    yield "address", source.address or f"none; by hand: {source.by_hand}"
    yield "size", _size(source.size)
    yield "sums", _sums(source, to)
    yield "accession", source.accession
    yield "licence", source.licence
    yield "doi", source.doi or "none"
    yield "deposit", source.data_doi or "none"
    yield "citation", source.citation or "none"
    yield "shape", ", ".join(f"{k} = {v:,}" for k, v in source.shape.items()) or "not known"
    yield "mapping", _mapping(source.mapping)
    yield "reached", source.reached


def _sums(source: Source, to: Path | None) -> str:
    """Return the sums that are declared, and the one recorded at the first fetch."""
    from foretell.data.fetch import cache_folder
    from foretell.data.sources.files.sums import recorded_sum

    recorded = recorded_sum(to or cache_folder(), source.download)
    named = {"sha256": source.sha256, "md5": source.md5, "recorded here: sha256": recorded}
    known = [f"{k} {v}" for k, v in named.items() if v]
    return ", ".join([*known, *([] if source.sha256 or recorded else ["sha256 not yet recorded"])])


def _mapping(mapping: ColumnMapping) -> str:
    """Return what differs from the defaults, as it stands in a study file."""
    plain = ColumnMapping()
    said = [(f.name, getattr(mapping, f.name)) for f in fields(mapping)]
    return ", ".join(f"{k} = {_toml(v)}" for k, v in said if v != getattr(plain, k)) or "as usual"


def _toml(value: Any) -> str:
    if value is None:
        return '""'
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _size(size: int | None) -> str:
    if size is None:
        return "-"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar on a terminal, nothing elsewhere; stop where that was asked for."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from foretell.cli.stopping import check

    console = Console(stderr=True)
    parts = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = Progress(
        TextColumn("{task.description}"), *parts, console=console, disable=not console.is_terminal
    )
    with bar:
        task = bar.add_task(title, total=None)

        def progress(done: int, total: int | None) -> None:
            check()
            bar.update(task, completed=done, total=total)

        yield progress
