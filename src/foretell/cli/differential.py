"""Differential: the genes that each perturbation of a file changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from foretell.analysis.differential.table import DifferentialTable

__all__ = ["differential"]

FORMS = (".parquet", ".csv")
FEW = 30  # conditions that are printed


def differential(
    file: Annotated[Path, typer.Argument(help="A data file, or its name on the data path.")],
    test: Annotated[
        str,
        typer.Option(help="wilcoxon, moderated, pooled, welch, permutation, or negative_binomial."),
    ] = "wilcoxon",
    out: Annotated[
        Path | None, typer.Option(help="Table to write, one row per condition and gene.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(help="Part of the mapping, key=value; lists as a,b. May be given again."),
    ] = None,
    fdr: Annotated[float, typer.Option(help="False discovery rate per condition.")] = 0.05,
    fold_change: Annotated[
        str,
        typer.Option(help="log_difference, ratio_of_means, or ratio_of_geometric_means."),
    ] = "log_difference",
    pseudocount: Annotated[
        float | None, typer.Option(min=0.0, help="What ratios add to each mean.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Column of replicates, for negative_binomial; repeat."),
    ] = None,
    draws: Annotated[int, typer.Option(min=19, help="Permutations per condition.")] = 9999,
    seed: Annotated[int, typer.Option(help="Of the permutations.")] = 0,
    only_called: Annotated[
        bool, typer.Option("--only-called", help="Write called genes only.")
    ] = False,
    on_disk: Annotated[bool, typer.Option(help="Leave the matrix in the file.")] = False,
) -> None:
    """Test every gene of every perturbation against the controls of its context."""
    from foretell.analysis.differential.differential_expression import differential_expression
    from foretell.cli.card import _opened, mapping_of

    _check_form(out)
    dataset, _, notes = _opened(file, mapping_of(columns or []), on_disk)
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    table = differential_expression(
        dataset,
        test,  # type: ignore[arg-type]
        fdr=fdr,
        fold_change=fold_change,  # type: ignore[arg-type]
        pseudocount=pseudocount,
        by=tuple(by or ()),
        draws=draws,
        seed=seed,
    )
    _show(table)
    if out is not None:
        _write(table, out, only_called)
        typer.echo(f"table: {out}")


def _check_form(out: Path | None) -> None:
    from foretell.core.errors import UnknownName

    if out is not None and out.suffix not in FORMS:
        raise UnknownName(
            f"no table is written as '{out.suffix or out.name}'", "end the name in .parquet or .csv"
        )


def _write(table: DifferentialTable, out: Path, only_called: bool) -> None:
    from foretell.core.folder import atomic_file

    frame = table.to_frame(only_called=only_called)
    if out.suffix == ".csv":
        atomic_file(out, lambda part: frame.to_csv(part, index=False))
    else:
        atomic_file(out, lambda part: frame.to_parquet(part, index=False))


def _show(table: DifferentialTable) -> None:
    """Print the conditions with most differential genes, and what the tests were."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    found = table.summary().sort_values(["called", "condition"], ascending=[False, True])
    shown = Table(show_edge=False, pad_edge=False)
    for name in ("condition", "n", "controls", "genes", "up", "down", "target", "log2 FC", "q"):
        shown.add_column(name, justify="left" if name in ("condition", "target") else "right")
    for row in found.head(FEW).itertuples(index=False):
        target = f"{row.target} {row.target_direction}".strip() or "not measured"
        genes = [str(row.called), str(row.up), str(row.down)] if not row.reason else ["-"] * 3
        cells = [str(row.condition), str(row.n), str(row.n_control), *genes, target]
        cells += [_number(row.target_lfc), _number(row.target_q)]
        shown.add_row(*(Text(cell) for cell in cells))  # a label in brackets is no markup
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    console.print(shown)
    if len(found) > FEW:
        console.print(f"... {len(found)} conditions in all", style="dim")
    for reason, part in found[found["reason"] != ""].groupby("reason"):
        console.print(Text(f"not tested: {len(part)} conditions ({reason})", style="yellow"))
    console.print(
        f"{table.tests.name}, q < {table.tests.fdr:g} (Benjamini-Hochberg per condition); "
        f"scale {table.scale}; log2 FC: {table.tests.lfc_definition}",
        style="dim",
        markup=False,
    )


def _number(value: object) -> str:
    number = float(str(value))
    return "-" if number != number else f"{number:.3g}"
