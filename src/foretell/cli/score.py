"""Score: judge a prediction that was made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from foretell.bench.score import ScoredPrediction
    from foretell.compat.scores import CompatScores

__all__ = ["score"]


def score(
    real: Annotated[Path, typer.Option(help="The real screen, with its controls.")],
    pred: Annotated[Path, typer.Option(help="The prediction: h5ad, vcc, parquet or csv.")],
    train: Annotated[Path | None, typer.Option(help="A screen of training conditions.")] = None,
    train_column: Annotated[
        str, typer.Option(help="COLUMN=VALUE of training observations of the real file.")
    ] = "",
    perturbation: Annotated[str | None, typer.Option(help="Column of labels.")] = None,
    control: Annotated[list[str] | None, typer.Option(help="Label of controls; repeat.")] = None,
    scale: Annotated[str | None, typer.Option(help="Scale of the real values.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help="More of the mapping, key=value; repeat.")
    ] = None,
    metrics: Annotated[str, typer.Option(help="Names or patterns, joined by commas.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for page and tables.")] = None,
    compat: Annotated[str, typer.Option(help="Score as another evaluator does, too.")] = "",
    policy: Annotated[str, typer.Option(help="Targeted genes: mask or as_predicted.")] = "mask",
    halves: Annotated[int, typer.Option(min=1, help="Random halves.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the halves.")] = 0,
    layout: Annotated[str, typer.Option(help="Layout of the prediction; found out.")] = "",
    id_map: Annotated[Path | None, typer.Option(help="Table that names numbered rows.")] = None,
    normalise: Annotated[
        bool, typer.Option("--normalise", help="Convert predicted counts.")
    ] = False,
    predicted_controls: Annotated[
        bool, typer.Option("--predicted-controls", help="Subtract predicted controls.")
    ] = False,
    cache: Annotated[bool, typer.Option(help="Keep the measured truth for the next time.")] = True,
) -> None:
    """Score a prediction made elsewhere: floor, ceiling, intervals, and what to keep in mind."""
    from foretell.bench.score import METRICS
    from foretell.bench.score_files import ScoreSettings, score_as_files, score_files
    from foretell.cli.card import mapping_of

    given: dict[str, Any] = mapping_of(columns or [])
    given |= {"perturbation": perturbation, "control": tuple(control or ()), "scale": scale}
    settings = ScoreSettings(
        columns={k: v for k, v in given.items() if v},
        train_column=train_column,
        metrics=tuple(m.strip() for m in metrics.split(",") if m.strip()) or METRICS,
        halves=halves,
        policy=_policy(policy),
        seed=seed,
        normalise=normalise,
        predicted_controls=predicted_controls,
        layout=layout,
        id_map=id_map,
        use_cache=cache,
    )
    scored = score_files(real, pred, settings, train)
    _show(scored)
    if out is not None:
        from foretell.report.score import write_score

        typer.echo(f"page: {write_score(scored, out)}")
    if compat:
        label = (control or ["control"])[0]
        column = perturbation or "perturbation"
        found = score_as_files(compat, real, pred, column, label, train_column)
        _show_compat(found, out, compat)


def _policy(name: str) -> Literal["mask", "as_predicted"]:
    from foretell.core.errors import BadMapping, did_you_mean

    if name not in ("mask", "as_predicted"):
        way_out = did_you_mean(name, ("mask", "as_predicted"))
        raise BadMapping(f"there is no policy '{name}' for targeted genes", way_out)
    return "mask" if name == "mask" else "as_predicted"


def _show(scored: ScoredPrediction) -> None:
    import sys

    from rich.console import Console
    from rich.table import Table

    from foretell.report.score import board_cells

    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    for note in scored.notes:
        console.print(note, style="yellow", markup=False)
    table = Table(show_edge=False, pad_edge=False)
    names = ("metric", "value", "floor", "ceiling", "calibrated", "crossed", "inflation", "oracle")
    for name in (*names, "n"):
        table.add_column(name.replace("crossed", "divided controls (calibrated)"), justify="right")
    rows = [board_cells(row) for row in scored.board.to_dict("records")]
    for row in rows:
        table.add_row(*(row[name].replace("[", "\\[") for name in (*names, "n")))
    console.print(table)
    for row in rows:
        if row["why"]:
            console.print(f"{row['metric']}: {row['why']}", style="dim", markup=False)
    console.print(
        f"floor: {scored.floor}; ceiling: the other half of the real observations; oracle: sees "
        "test truths.\nThe control is shared: inflation is what that gives to no information; "
        "divided controls pay nothing.",
        style="dim",
        markup=False,
    )


def _show_compat(found: CompatScores, out: Path | None, name: str) -> None:
    typer.echo(f"\nas {found.evaluator} has it, defects included:")
    for metric, statistic, value in found.aggregates.itertuples(index=False):
        if statistic in ("mean", "weighted_mean"):
            typer.echo(f"  {metric} ({statistic}): {value:.6g}")
    for metric, reason in found.left_out:
        typer.echo(f"  {metric}: left out, {reason}")
    if out is not None:
        from foretell.bench.store import write_text

        write_text(out / f"{name}.csv", found.table.to_csv(index=False))
