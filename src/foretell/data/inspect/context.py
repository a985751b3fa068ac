"""Context: columns that controls and treated cells share; and blocks, which match controls."""

from __future__ import annotations

import numpy as np

from foretell.core.errors import shorten
from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.observation import RELATIVE
from foretell.data.inspect.perturbation import guide_columns
from foretell.data.inspect.words import BLOCK, DONOR, IDENTITY, SPECIES, STIMULUS, TIME

__all__ = ["fewest_controls", "guess_blocks", "guess_context"]

ROLES = (("cells", IDENTITY), ("stimulus", STIMULUS), ("time", TIME), ("species", SPECIES))
MOST_VALUES = 300
MOST_LOST = 0.5  # share of treated observations compared with controls of another cell type
NO_CONTROLS = "leave out what has no controls of its own kind: keep = { COLUMN = [...] }"
FEW_LOST = 0.1  # share of treated observations without controls that may be dropped
MANY_ROWS = 500  # a file with more is taken for cells before that is judged
PER_BLOCK = {"cells": 4.0, "samples": 1.0}


def guess_context(look: Look, control: np.ndarray, treated: np.ndarray) -> tuple[Guess, Guess]:
    """Return the guesses of `context` and of `keep`.

    Parameters
    ----------
    control, treated : (n_obs,) True for untreated, and for treated observations with a call.
    """
    if look.value("scale") in RELATIVE:
        control = np.zeros_like(control)  # a difference needs no controls of its own
    chosen: list[Column] = []
    evidence, alternatives = [], []
    keep: dict[str, list[str]] = {}
    confidence = SURE
    asked = treated if control.any() else np.zeros_like(treated)
    for role, column in _by_role(look, asked):
        if len(column.values) == 1 and (role != "cells" or any(_is_cells(c) for c in chosen)):
            continue
        twin = next((c for c in chosen if c.refines(column)), None)
        if twin is not None:
            alternatives.append(f"'{column.name}' adds nothing to '{twin.name}'")
            continue
        lost, alone = _without_controls([*chosen, column], control, treated)
        alone_in = [c for c in chosen if len(c.values) > 1]
        if control.any() and lost > (0.0 if alone_in else FEW_LOST):
            alternatives.append(_confounded(column, lost, alone))
            if role == "cells" and len(column.values) > 1 and not alone_in:
                confidence = UNCLEAR if lost > MOST_LOST else confidence
                if lost > MOST_LOST:
                    evidence.append(f"'{column.name}' tells most treated cells from all controls")
                look.remark("warning", _confounded(column, lost, alone), NO_CONTROLS)
            continue
        if control.any() and alone:
            keep[column.name] = [v for v in column.values if v not in alone]
            evidence.append(
                f"{shorten(alone, 3)} of '{column.name}' have fewer than {fewest_controls(look)} "
                f"controls: dropped, with {lost:.1%} of the treated observations"
            )
        chosen.append(column)
        shared = "shared by controls and treated" if control.any() else "no controls to share it"
        evidence.append(f"'{column.name}' ({role}; {shared}): {column.top(3)}")
        if not control.any() or role != "cells":
            confidence = LIKELY
    chosen, more = _add_donor(look, chosen, control, treated, evidence, alternatives)
    names = [c.name for c in chosen]
    if not names:
        evidence.append("no column tells cells apart: one context")
    if more:
        confidence = LIKELY
    return (
        Guess("context", names, confidence, tuple(evidence), tuple(alternatives)),
        Guess("keep", keep or None, SURE if not keep else LIKELY),
    )


def _by_role(look: Look, treated: np.ndarray) -> list[tuple[str, Column]]:
    taken = {look.value(w) for w in ("perturbation", "is_control", "dose", "horizon_h")}
    taken |= {look.value("kind_column"), look.value("library_size")}
    found: list[tuple[str, Column]] = []
    for role, pattern in ROLES:
        columns = [
            c
            for c in look.columns
            if pattern.fullmatch(c.plain)
            and c.name not in taken
            and not c.is_flag
            and not c.n_missing
            and 1 <= len(c.values) <= min(MOST_VALUES, max(1, look.opened.n_obs // 2))
            and (role == "time" or not (c.is_number and len(c.values) > 30))
            and not c.plain.endswith(("_prob", "_score", "_source", "_raw", "_coarse", "_broad"))
            and not (role == "stimulus" and _follows(c, look.perturbation, treated))
        ]
        exact = ("cell_type", "cell_line", "celltype", "condition", "stimulus", "time")
        columns.sort(key=lambda c: (c.plain not in exact, -len(c.values), c.name))
        found.extend((role, c) for c in columns)
    return found


def _follows(column: Column, label: Column | None, rows: np.ndarray) -> bool:
    """Tell whether a column only says the perturbation again, such as ``treatment_id``."""
    if label is None or len(column.values) < 2 or len(label.values) < 2:
        return False
    pairs = np.unique(np.stack([label.codes[rows], column.codes[rows]]), axis=1)
    several = len(np.unique(pairs[1])) > 1
    return several and pairs.shape[1] == len(np.unique(pairs[0]))


def _is_cells(column: Column) -> bool:
    return IDENTITY.fullmatch(column.plain) is not None


def _add_donor(
    look: Look,
    chosen: list[Column],
    control: np.ndarray,
    treated: np.ndarray,
    evidence: list[str],
    alternatives: list[str],
) -> tuple[list[Column], bool]:
    """Take donors as contexts only where nothing else tells cells apart."""
    varied = [c for c in chosen if len(c.values) > 1]
    added = False
    for column in look.columns:
        if not DONOR.fullmatch(column.plain) or not 2 <= len(column.values) <= MOST_VALUES:
            continue
        if column.n_missing or _without_controls([*chosen, column], control, treated)[0] > 0:
            continue
        few = {v.strip() for v in column.values} <= {"1", "2", "3", "4"}
        if varied or few or added:
            alternatives.append(f"'{column.name}' could split contexts further; used as a block")
            continue
        chosen, added = [*chosen, column], True
        evidence.append(f"'{column.name}' (donor; nothing else differs): {column.top(3)}")
    return chosen, added


def fewest_controls(look: Look) -> int:
    """Return the fewest controls of a context: cells need two, a sample may stand alone."""
    return 2 if look.opened.n_obs > MANY_ROWS else 1


def _without_controls(
    columns: list[Column], control: np.ndarray, treated: np.ndarray
) -> tuple[float, list[str]]:
    """Share of treated observations whose context lacks controls, and such values of the last."""
    codes = np.zeros(len(control), dtype=np.int64)
    for column in columns:
        codes = codes * (len(column.values) + 1) + column.codes + 1
    distinct, n = np.unique(codes[control], return_counts=True)
    has_controls = np.isin(codes, distinct[n >= (2 if len(control) > MANY_ROWS else 1)])
    lacking = ~has_controls & (treated | control)
    last = columns[-1]
    alone = sorted({last.values[i] for i in np.unique(last.codes[lacking]) if i >= 0})
    n_treated = int(treated.sum())
    lost = int((lacking & treated).sum())
    return (lost / n_treated if n_treated else 0.0), alone


def _confounded(column: Column, lost: float, alone: list[str]) -> str:
    return (
        f"'{column.name}' cannot be a context: {lost:.0%} of the treated observations "
        f"({shorten(alone, 3)}) have no controls that share it, so its effect and that of the "
        "perturbation cannot be told apart"
    )


def guess_blocks(look: Look, control: np.ndarray, treated: np.ndarray) -> Guess:
    """Choose batches, plates and replicates that hold controls and treated; guides as well."""
    context = set(look.value("context", []))
    kind = look.value("observation", "cells")
    chosen: list[str] = []
    evidence, alternatives = [], []
    guides = guide_columns(look)
    for column in look.columns:
        is_block = BLOCK.fullmatch(column.plain) or DONOR.fullmatch(column.plain)
        if not is_block or column.name in context | {look.value("perturbation")} or column.is_flag:
            continue
        if column.n_missing or not 2 <= len(column.values) <= look.opened.n_obs // 2:
            continue
        problem = _unfit(column, control, treated, PER_BLOCK[kind])
        if problem:
            alternatives.append(f"'{column.name}' is no block: {problem}")
            continue
        if any(look.columns[name].refines(column) for name in chosen):
            continue
        chosen.append(column.name)
        evidence.append(f"'{column.name}': {column.top(3)}")
    for column in guides[:1]:
        chosen.append(column.name)
        evidence.append(
            f"'{column.name}' divides the perturbations into {len(column.values)} guides"
        )
    return Guess("blocks", chosen, LIKELY if chosen else SURE, tuple(evidence), tuple(alternatives))


def _unfit(column: Column, control: np.ndarray, treated: np.ndarray, fewest: float) -> str:
    """Say why a column cannot match controls, or nothing."""
    if not control.any():
        return ""
    with_control = np.unique(column.codes[control])
    with_treated = np.unique(column.codes[treated])
    shared = np.intersect1d(with_control, with_treated)
    if len(shared) < 2 or len(shared) < 0.5 * len(with_treated):
        return "most of its values hold only treated or only control observations"
    if control.sum() / len(with_control) < fewest:
        return f"it leaves fewer than {fewest:g} controls in a block"
    return ""
