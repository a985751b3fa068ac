"""Inspect: say what a file is, what it can show, and how it would be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from foretell.core.errors import BadMapping, ForetellError

if TYPE_CHECKING:
    from foretell.core.layout import TableLayout
    from foretell.data.inspect.inspection import Inspection

__all__ = [
    "Answer",
    "Contexts",
    "Control",
    "Layout",
    "Perturbation",
    "ScaleName",
    "inspect",
    "overridden",
    "read_layout",
]

UNUSABLE = 2


def _option(name: str, words: str, metavar: str | None = None) -> Any:
    """Return an option that answers a guess."""
    return typer.Option(name, help=words, metavar=metavar, rich_help_panel="Answers")


One: TypeAlias = str | None
Many: TypeAlias = list[str] | None
Perturbation = Annotated[One, _option("--perturbation", "Column of labels.")]
Control = Annotated[Many, _option("--control", "Label of untreated ones; repeat.")]
IsControl = Annotated[One, _option("--is-control", "Column of true and false.")]
Delimiter = Annotated[One, _option("--delimiter", "What joins combinations; '' = none.")]
NoCall = Annotated[Many, _option("--no-call", "Label without a call; repeat.")]
Contexts = Annotated[Many, _option("--context", "Column of contexts; repeat.")]
Blocks = Annotated[Many, _option("--blocks", "Column of batches, guides; repeat.")]
ScaleName = Annotated[One, _option("--scale", "What the values are.")]
Layer = Annotated[One, _option("--layer", "Layer to read instead of X.")]
Dose = Annotated[One, _option("--dose", "Column of doses.")]
DoseUnit = Annotated[One, _option("--dose-unit", "Unit of doses.")]
Horizon = Annotated[One, _option("--horizon-h", "Column of times since treatment.")]
HorizonUnit = Annotated[One, _option("--horizon-unit", "Unit of these times.")]
Kind = Annotated[One, _option("--kind", "How targets were acted on.")]
Observation = Annotated[One, _option("--observation", "cells or samples.")]
LibrarySize = Annotated[One, _option("--library-size", "Column of library sizes.")]
GeneNames = Annotated[One, _option("--gene-names", "Column of var that names genes.")]
Answer = Annotated[
    Many, _option("--set", "Any field of the mapping, value in TOML; repeat.", "FIELD=VALUE")
]
Layout = Annotated[
    One, typer.Option(help="Layout of a table, as a TOML table: '{ gene = \"...\" }'.")
]


def inspect(
    file: Annotated[str, typer.Argument(help="A file, or a name on the data path.")],
    perturbation: Perturbation = None,
    control: Control = None,
    is_control: IsControl = None,
    delimiter: Delimiter = None,
    no_call: NoCall = None,
    context: Contexts = None,
    blocks: Blocks = None,
    scale: ScaleName = None,
    layer: Layer = None,
    dose: Dose = None,
    dose_unit: DoseUnit = None,
    horizon_h: Horizon = None,
    horizon_unit: HorizonUnit = None,
    kind: Kind = None,
    observation: Observation = None,
    library_size: LibrarySize = None,
    gene_names: GeneNames = None,
    answer: Answer = None,
    layout: Layout = None,
    quick: Annotated[bool, typer.Option("--quick", help="Do not test for effects.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Test for effects in any file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at a file: which column is what, what the values are, what can be asked of it.

    Nothing is changed. Every guess comes with its evidence; an answer on the command line replaces
    a guess. The exit code is 0 where every guess is sure or likely, 3 where one is unclear, and 2
    where the file is no screen or its mapping does not load.
    """
    given = dict(locals())
    for name in ("file", "answer", "layout", "quick", "full", "as_json"):
        del given[name]
    found = _look(file, given, answer, layout, quick, full)
    _show(found, as_json)
    raise typer.Exit(found.exit_code)


def _look(
    file: str,
    given: dict[str, Any],
    answers: list[str] | None,
    layout: str | None,
    quick: bool,
    full: bool,
) -> Inspection:
    """Inspect; a file that cannot be read at all ends with the code of an unusable one."""
    from foretell.data.inspect.inspect import inspect as look

    try:
        said = overridden(given, answers)
        return look(file, said=said, layout=read_layout(layout), quick=quick, full=full)
    except ForetellError as error:
        typer.echo(f"foretell: {error}", err=True)
        raise typer.Exit(UNUSABLE) from None


def overridden(given: dict[str, Any], answers: list[str] | None) -> dict[str, Any]:
    """Return the answers that were given; ``--set`` takes any field of the mapping."""
    said = {name: value for name, value in given.items() if value is not None and value != []}
    for answer in answers or ():
        name, mark, value = answer.partition("=")
        if not mark:
            raise BadMapping(f"'{answer}' is no answer", "write --set FIELD=VALUE")
        said[name.strip()] = _toml(value.strip())
    return said


def _toml(text: str) -> Any:
    """Read a value as TOML; a bare word is text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def read_layout(text: str | None) -> TableLayout | None:
    """Read a layout from the command line."""
    from foretell.core.layout import TableLayout

    if text is None:
        return None
    given = _toml(text)
    if not isinstance(given, dict):
        way_out = 'write a TOML table, such as \'{ gene = "gene", value = "log2fc" }\''
        raise BadMapping(f"the layout {text!r} is no table", way_out)
    return TableLayout.from_dict(given)


def _show(found: Inspection, as_json: bool) -> None:
    if as_json:
        import json

        typer.echo(json.dumps(found.to_dict(), indent=1, default=str))
        return
    from foretell.cli.inspection import show_inspection

    show_inspection(found)
