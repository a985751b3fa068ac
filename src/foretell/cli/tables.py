"""Tables: the leaderboard on a terminal and in other forms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foretell.bench.results import Results, primary_of
from foretell.core.errors import BadStudy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["show_leaderboard", "write_leaderboard"]


def show_leaderboard(results: Results) -> None:
    """Print one table per data set and split: the primary metric, with the others beside it."""
    board, study = results.leaderboard, results.study
    width = None if sys.stdout.isatty() else 140
    console = Console(width=width, highlight=False)
    for (dataset, split), part in board.groupby(["dataset", "split"], sort=False):
        primary = primary_of(study, str(dataset))
        console.print(_table(f"{dataset} · {split}", part, primary, study["ceiling"]))
        problems = part.loc[part["status"] == "failed", ["model", "reason"]].drop_duplicates()
        for model, reason in problems.itertuples(index=False):
            console.print(Text(f"  failed: {model}: {reason}", style="red"))
    console.print(
        "calibrated: 0 = floor of the task, 1 = technical duplicate; a dash: not available or not\n"
        "informative here; tie: models with one letter cannot be told apart from its first;\n"
        "†: some rows are a fallback that the model does not support (see n_fallback)",
        style="dim",
        markup=False,
    )


def _table(title: str, part: pd.DataFrame, primary: str, ceiling: str) -> Table:
    metrics = list(dict.fromkeys(part["metric"]))
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("model", no_wrap=True)
    table.add_column(f"calibrated\n{primary}", justify="right")
    table.add_column("tie", justify="center")
    for metric in metrics:
        table.add_column(metric.replace("_", "_\u200b"), justify="right")
    table.add_column("n", justify="right")
    table.add_column("s", justify="right")
    first = part[part["metric"] == primary]
    scored = first[first["status"] != "not applicable"]
    for record in scored.to_dict("records"):
        row = {str(key): value for key, value in record.items()}
        label = str(row["model"])
        values = part[part["model"] == label].set_index("metric")["value"]
        cells = [_number(values.get(metric)) for metric in metrics]
        style = "dim italic" if label == ceiling else None
        shown = _calibrated(row) if label != ceiling else "1"
        table.add_row(
            Text(label + _fallback_mark(row)),
            shown,
            _letter(row),
            *cells,
            _whole(row["n_conditions"]),
            _number(row["wall_s"]),
            style=style,
        )
    return table


def _calibrated(row: dict[str, object]) -> str:
    if not row["is_informative"] or row["is_informative"] != row["is_informative"]:
        return "-"
    middle, low, high = (
        f"{float(str(row[name])):.2f}"
        for name in ("calibrated", "calibrated_low", "calibrated_high")
    )
    return f"{middle} [{low}, {high}]"


def _fallback_mark(row: dict[str, object]) -> str:
    return " †" if float(str(row["n_fallback"])) > 0 else ""


def _whole(value: object) -> str:
    return "-" if value is None or value != value else str(int(float(str(value))))


def _letter(row: dict[str, object]) -> str:
    group = row["tie_group"]
    return "" if group is None or group != group else chr(ord("a") + int(float(str(group))) - 1)


def _number(value: object) -> str:
    """Three decimals, or as many as three digits need."""
    if value is None or value != value:
        return "-"
    number = float(str(value))
    return f"{number:.3g}" if 0 < abs(number) < 0.1 else f"{number:.3f}"


def write_leaderboard(results: Results, form: str, to: Path | None) -> None:
    """Write CSV, Markdown, JSON or parquet, to a file or the terminal."""
    from foretell.bench.store import write_text
    from foretell.core.folder import atomic_file

    board = results.leaderboard
    if form == "parquet":
        if to is None:
            raise BadStudy("parquet needs a file", "give --to FILE.parquet")
        atomic_file(to, lambda part: board.to_parquet(part, index=False))
        return
    if form == "csv":
        text = board.to_csv(index=False)
    elif form == "json":
        text = board.to_json(orient="records", indent=1) + "\n"
    else:
        text = _markdown(board)
    if to is None:
        typer.echo(text, nl=False)
    else:
        write_text(to, text)


def _markdown(board: pd.DataFrame) -> str:
    columns = ["dataset", "split", "metric", "model", "value", "low", "high", "floor", "ceiling"]
    columns += ["calibrated", "calibrated_low", "calibrated_high", "n_conditions", "tie_group"]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in board[columns].to_dict("records"):
        cells = [_number(v) if isinstance(v, float) else str(v) for v in row.values()]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
