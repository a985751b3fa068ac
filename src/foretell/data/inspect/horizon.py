"""Horizon: times; what controls share is context, what they do not is time since treatment."""

from __future__ import annotations

import re

import numpy as np

from foretell.core.quantity import read_hours
from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.words import TIME

__all__ = ["guess_horizon"]

UNITS = (
    ("min", r"(^|_)(min|mins|minutes?)$"),
    ("d", r"(^|_)(d|days?)$"),
    ("h", r"(^|_)(h|hr|hrs|hours?|hpi)$"),
    ("s", r"(^|_)(s|sec|seconds?)$"),
)


def guess_horizon(look: Look, control: np.ndarray, treated: np.ndarray) -> tuple[Guess, Guess]:
    """Return the guesses of `horizon_h` and `horizon_unit`."""
    unit = Guess("horizon_unit", None)
    alternatives = []
    for column in look.columns:
        if not TIME.fullmatch(column.plain) or column.name == look.value("perturbation"):
            continue
        times = np.unique(column.codes[treated])
        if len(times) < 2:
            shown = column.values[times[0]] if len(times) and times[0] >= 0 else "missing"
            alternatives.append(f"'{column.name}' is {shown} for all treated")
            continue
        shared = np.isin(times, np.unique(column.codes[control])).mean() if control.any() else 0.0
        if shared > 0.5:
            fact = f"'{column.name}' is shared by controls: it is context"
            return Guess("horizon_h", None, SURE, (fact,), tuple(alternatives)), unit
        if (times < 0).any() or len(times) > 100:
            alternatives.append(f"'{column.name}' is missing for some, or differs for nearly all")
            look.remark("note", f"'{column.name}' holds times that are missing for some treated")
            continue
        return _horizon(column, times, bool(control.any()), tuple(alternatives))
    return Guess("horizon_h", None, SURE, ("no time is used",), tuple(alternatives)), unit


def _horizon(
    column: Column, times: np.ndarray, has_controls: bool, alternatives: tuple[str, ...]
) -> tuple[Guess, Guess]:
    words = [column.values[i] for i in times]
    name, sure = _unit(column, words)
    why = "controls do not share these times" if has_controls else "there are no controls"
    try:
        for word in words:
            read_hours(word, name)
    except ValueError as error:
        fact = f"'{column.name}' cannot be read as times: {error}"
        return Guess("horizon_h", None, UNCLEAR, (fact,), alternatives), Guess("horizon_unit", None)
    evidence = (f"{len(words)} times: {column.top(4)}", why)
    doubt = () if sure else ("the file does not say the unit; hours are assumed",)
    return (
        Guess("horizon_h", column.name, SURE if sure else LIKELY, evidence, alternatives),
        Guess("horizon_unit", name, SURE if sure else UNCLEAR, doubt),
    )


def _unit(column: Column, words: list[str]) -> tuple[str, bool]:
    for unit, ending in UNITS:
        if re.search(ending, column.plain):
            return unit, True
    spelled = [w for w in words if re.search(r"[a-zA-Z]", w)]
    return "h", len(spelled) == len(words)
