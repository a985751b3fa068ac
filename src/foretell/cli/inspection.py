"""Inspection: what was found out about a file, on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess

if TYPE_CHECKING:
    from foretell.data.inspect.inspection import Inspection
    from foretell.data.inspect.judge import Judgement

__all__ = ["show_inspection"]

STYLES = {SURE: "green", LIKELY: "yellow", UNCLEAR: "bold red"}
MARKS = {"error": ("error", "bold red"), "warning": ("warning", "yellow"), "note": ("note", "dim")}
FIRST = ("screen", "perturbation", "control", "is_control", "no_call", "delimiter", "context")
FEW_CONTEXTS = 6


def show_inspection(found: Inspection) -> None:
    """Print guesses with evidence, remarks, what can be asked, and the mapping."""
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    where = f" ({found.path})" if found.path else ""
    console.print(Text(f"{found.name}: {found.n_obs} x {found.n_genes}{where}", style="bold"))
    console.print(_guesses(found))
    for remark in found.remarks:
        word, style = MARKS[remark.level]
        console.print(Text(f"{word}: {remark.text}", style=style))
        if remark.way_out:
            console.print(Text(f"  -> {remark.way_out}"))
    if found.judgement is not None:
        _show_judgement(console, found.judgement)
    _show_mapping(console, found)


def _guesses(found: Inspection) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("what", no_wrap=True)
    table.add_column("guess")
    table.add_column("", no_wrap=True)
    table.add_column("evidence, and what else it could be")
    order = [*(name for name in FIRST if name in found.guesses), *found.guesses]
    for name in dict.fromkeys(order):
        guess = found.guesses[name]
        if _says_nothing(guess):
            continue
        lines = [*guess.evidence, *(f"also: {other}" for other in guess.alternatives)]
        table.add_row(
            Text(name),
            Text(_spelled(guess)),
            Text(guess.confidence, style=STYLES[guess.confidence]),
            Text("\n".join(lines)),
        )
    return table


def _says_nothing(guess: Guess) -> bool:
    """Tell answers such as "there is no dose", of which nothing else was considered."""
    empty = guess.value in (None, "plain", [], {}) or (
        guess.what == "delimiter" and guess.value == "+"
    )
    return empty and guess.confidence == SURE and not guess.alternatives


def _spelled(guess: Guess) -> str:
    value = guess.value
    if guess.what == "layer" and value is None:
        return "X"
    if value is None or value == []:
        return "-"
    if value == "":
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{k}: {', '.join(map(str, v))}" for k, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _show_judgement(console: Console, j: Judgement) -> None:
    low, middle, high = j.per_condition
    lost = "".join(f", {n} dropped ({reason})" for reason, n in j.dropped.items())
    console.print(
        f"\n{j.n_obs} observations used{lost}; {j.n_conditions} perturbed conditions "
        f"({j.n_combined} combined) of {j.n_targets} targets, {j.targets_measured} of them among "
        f"the genes; {low} to {high} observations per condition (median {middle:g})",
        markup=False,
    )
    for context in j.contexts[:FEW_CONTEXTS]:
        halves = "" if context.has_halves else ", not enough to divide"
        console.print(
            f"  {context.context}: {context.n_conditions} conditions, "
            f"{context.n_controls} controls{halves if context.n_controls else ''}",
            markup=False,
        )
    if len(j.contexts) > FEW_CONTEXTS:
        console.print(f"  ... {len(j.contexts)} contexts in all")
    e = j.effects
    console.print(
        f"effects: {e.n_differ} of {e.n_tested} tested conditions have at least 5 differential "
        f"genes (median {e.median_genes:g}; Welch, FDR 0.05)"
        if not e.why_not
        else f"effects: not tested, {e.why_not}",
        markup=False,
    )
    console.print(_tasks(j))


def _tasks(judgement: Judgement) -> Table:
    table = Table(title="What can be asked", title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("task", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("units", justify="right")
    table.add_column("conditions", justify="right")
    table.add_column("why, or what to keep in mind")
    for v in judgement.tasks:
        answer = Text("yes", style="green") if v.is_possible else Text("no", style="red")
        table.add_row(str(v.task), answer, str(v.n_units), str(v.n_conditions), Text(v.why))
    return table


def _show_mapping(console: Console, found: Inspection) -> None:
    if not found.is_screen:
        reasons = found.guesses["screen"].evidence
        console.print(Text(f"\nThis is no perturbation screen ({found.guesses['screen'].value}):"))
        console.print(Text("  " + "; ".join(reasons)))
        console.print(Text("  -> if it is one, say which column: --perturbation COLUMN"))
        return
    title = "The mapping" if found.is_usable else "The mapping, as far as it goes"
    console.print(Text(f"\n{title}, in a study:", style="bold"))
    console.print(found.toml, markup=False, soft_wrap=True)
    console.print(Text("in Python:", style="bold"))
    console.print(found.python, markup=False, soft_wrap=True)
    console.print(Text("as answers on the command line:", style="bold"))
    console.print(found.command, markup=False, soft_wrap=True)
    for guess in found.unclear:
        option = guess.what.replace("_", "-")
        console.print(Text(f"please decide: {guess.what}", style="bold red"))
        console.print(Text(f"  -> {guess.evidence[-1] if guess.evidence else ''} (--{option} ...)"))
    if found.is_usable:
        console.print(Text("write a study: ", style="dim"), end="")
        console.print(f"foretell init study.toml --from {found.file}", markup=False, style="dim")
