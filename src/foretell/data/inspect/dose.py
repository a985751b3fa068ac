"""Dose: the column of amounts, and their unit."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from foretell.core.quantity import read_dose
from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.words import ALTERED, DOSE

__all__ = ["guess_dose"]

UNITS = {
    "um": "uM", "u_m": "uM", "micromolar": "uM", "nm": "nM", "n_m": "nM", "nanomolar": "nM",
    "mm": "mM", "m_m": "mM", "ug_ml": "ug/mL", "ng_ml": "ng/mL", "mg_ml": "mg/mL",
}  # fmt: skip


def guess_dose(look: Look, treated: np.ndarray) -> tuple[Guess, Guess]:
    """Return the guesses of `dose` and `dose_unit`; a dose that never varies says nothing."""
    unit = Guess("dose_unit", None)
    if look.value("spelling") == "tuples" or look.value("dose_mark"):
        inside = "doses stand inside the labels"
        return Guess("dose", None, SURE, (inside,)), unit
    found = [c for c in look.columns if _is_dose(c, look)]
    for column in look.columns:
        if ALTERED.fullmatch(column.plain):
            look.remark(
                "note",
                f"'{column.name}' is the expression of the target after the perturbation, no dose",
                "it is held-out truth for a model: it is not used",
            )
    alternatives = []
    for column in sorted(found, key=lambda c: (not c.is_number, c.name)):
        amounts = [column.values[i] for i in np.unique(column.codes[treated]) if i >= 0]
        distinct = {p for a in amounts for p in re.split(r"\s*[+|]\s*", a)}
        if (column.codes[treated] < 0).any():
            alternatives.append(f"'{column.name}' is missing for some treated observations")
        elif not all(map(_is_amount, distinct)):
            alternatives.append(f"'{column.name}' holds words: {column.top(3)}")
        elif len({read_dose(a, None) for a in distinct}) < 2:
            alternatives.append(f"'{column.name}' is {min(distinct, default='?')} for all treated")
        else:
            evidence = (f"{len(distinct)} amounts: {column.top(4)}",)
            dose = Guess("dose", column.name, SURE, evidence, tuple(alternatives))
            return dose, _unit(look, column, distinct)
    return Guess("dose", None, SURE, ("no dose is used",), tuple(alternatives)), unit


def _is_dose(column: Column, look: Look) -> bool:
    named = DOSE.fullmatch(column.plain) is not None and not ALTERED.fullmatch(column.plain)
    taken = (look.value("perturbation"), look.value("is_control"))
    return named and column.name not in taken and len(column.values) > 0


def _is_amount(text: str) -> bool:
    try:
        read_dose(text, None)
    except ValueError:
        return False
    return True


def _converts(unit: str, to: str) -> bool:
    try:
        read_dose(f"1 {unit}", to)
    except ValueError:
        return False
    return True


def _unit(look: Look, column: Column, amounts: set[str]) -> Guess:
    """Read the unit from the column's name, a column of units, or the amounts."""
    for ending, unit in UNITS.items():
        if column.plain.endswith(f"_{ending}"):
            return Guess("dose_unit", unit, SURE, (f"the name of '{column.name}'",))
    for other in look.columns:
        if re.fullmatch(r"(\w+_)?(dose|conc\w*|pert_dose)_?units?", other.plain):
            units = [v for v in other.values if v and v.lower() not in ("na", "nan", "-666")]
            if len(units) == 1:
                return Guess("dose_unit", units[0], SURE, (f"'{other.name}' says so",))
            evidence = f"'{other.name}' has several: {other.top(3)}"
            return Guess("dose_unit", None, UNCLEAR, (evidence,))
    counted = Counter(said for a in amounts if (said := read_dose(a, None)[1]) is not None)
    most = sorted(counted, key=lambda u: (-counted[u], u != "uM", u))
    if most and all(_converts(other, most[0]) for other in most):
        return Guess("dose_unit", most[0], SURE, ("it stands beside the amounts",))
    evidence = "the file does not say the unit of its doses"
    return Guess("dose_unit", None, LIKELY, (evidence,))
