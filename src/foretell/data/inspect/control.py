"""Control: which observations are untreated: labels, or a column of true and false."""

from __future__ import annotations

import re

import numpy as np

from foretell.core.errors import shorten
from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.words import (
    CONTROL_FLAG,
    is_control_label,
    is_no_call_label,
)

__all__ = ["control_rows", "guess_control"]

KNOWN = re.compile(
    r"control|ctrl|non-?_?targeting|nt|dmso(_tf)?|vehicle|untreated|unperturbed|negctrl|ntc",
    re.IGNORECASE,
)
MARKER = re.compile(  # words of a column of types that say "control"
    r"^(ctl|ctrl)[ _-]"
    r"|^(neg(ative)?|vehicle|untreated|solvent|non-?targeting)[ _-]?(control|ctrl)s?$"
    r"|^no[ _](perturbations?|treatment|drug)$",
    re.IGNORECASE,
)
MOST_LABELS = 200
WHOLE_DATA = 0.5  # share of observations that control labels may cover before they are doubted


def guess_control(look: Look, column: Column) -> tuple[Guess, Guess]:
    """Return the guesses of `control` (labels) and `is_control` (a column), one of them empty."""
    if "control" in look.said:
        return Guess("control", look.said["control"]), Guess("is_control", None)
    flag = _flag(look, column)
    if flag is not None:
        return _by_flag(column, flag)
    marker = _marker(look, column)
    if marker is not None:
        return marker
    return _by_label(look, column), Guess("is_control", None)


def control_rows(look: Look) -> np.ndarray:
    """(n_obs,) True for controls as guessed."""
    column, flag = look.perturbation, look.value("is_control")
    if column is None:
        return np.zeros(look.opened.n_obs, dtype=bool)
    if flag is not None and flag in look.columns:
        return look.columns[flag].flags
    labels = look.value("control", [])
    return column.rows(*_with_joined(column, tuple(labels), look.value("delimiter")))


def _with_joined(column: Column, labels: tuple[str, ...], delimiter: str | None) -> list[str]:
    """Add labels that join nothing but controls, as in ``ctrl+ctrl``, and padded spellings."""
    wanted = {label.strip() for label in labels}
    return [
        v
        for v in column.values
        if v.strip() in wanted
        or (delimiter and delimiter in v and {p.strip() for p in v.split(delimiter)} <= wanted)
    ]


def _flag(look: Look, column: Column) -> Column | None:
    if "is_control" in look.said:
        name = look.said["is_control"]
        return look.columns[name]
    found = [c for c in look.columns if c.is_flag and CONTROL_FLAG.fullmatch(c.plain)]
    found = [c for c in found if len(c.values) == 2 and c.name != column.name]
    return max(found, key=lambda c: ("is_" in c.plain, c.name), default=None)


def _by_flag(column: Column, flag: Column) -> tuple[Guess, Guess]:
    """Prefer the labels that a flag marks, where they say the same; else the flag itself."""
    marked = np.unique(column.codes[flag.flags])
    unmarked = np.unique(column.codes[~flag.flags])
    labels = [column.values[i] if i >= 0 else "nan" for i in marked]
    both = np.intersect1d(marked, unmarked)
    n = int(flag.flags.sum())
    fact = f"'{flag.name}' marks {n} observations, labelled {shorten(labels, 4)}"
    spoken = [label for label in labels if is_control_label(label)]
    if both.size:
        shared = shorten([column.values[i] for i in both if i >= 0], 3)
        evidence = (fact, f"the same labels stand on treated observations, too ({shared})")
        confidence = UNCLEAR if spoken else LIKELY
        return Guess("control", []), Guess("is_control", flag.name, confidence, evidence)
    if len(spoken) == len(labels) or (len(labels) == 1 and not is_no_call_label(labels[0])):
        confidence = SURE if len(labels) <= 3 else LIKELY
        return Guess("control", labels, confidence, (fact,)), Guess("is_control", None)
    if spoken and len(labels) <= MOST_LABELS:
        others = [label for label in labels if label not in spoken]
        evidence = (fact, f"{shorten(others, 4)} may be positive controls, which are treated")
        options = (f"is_control = '{flag.name}' takes all of them as untreated",)
        return (
            Guess("control", spoken, UNCLEAR, evidence, options),
            Guess("is_control", None),
        )
    return Guess("control", []), Guess("is_control", flag.name, LIKELY, (fact,))


def _marker(look: Look, column: Column) -> tuple[Guess, Guess] | None:
    """Use a text column beside it (``pert_type``, a strategy) whose word marks whole labels."""
    if any(is_control_label(v) for v in column.values):
        return None
    for other in look.columns:
        if other.is_number or other.is_flag or other.name == column.name or len(other.values) > 50:
            continue
        words = [v for v in other.values if is_control_label(v)]
        words = [v for v in words if KNOWN.fullmatch(v)] or [v for v in words if MARKER.search(v)]
        rows = other.rows(*words)
        if not words or not rows.any() or rows.all():
            continue
        marked, unmarked = np.unique(column.codes[rows]), np.unique(column.codes[~rows])
        labels = [column.values[i] for i in marked if i >= 0]
        if labels and len(labels) <= MOST_LABELS and not np.intersect1d(marked, unmarked).size:
            fact = (
                f"'{other.name}' says {shorten(words, 2)} for {int(rows.sum())} observations, "
                f"labelled {shorten(labels, 4)}"
            )
            return Guess("control", labels, LIKELY, (fact,)), Guess("is_control", None)
    return None


def _by_label(look: Look, column: Column) -> Guess:
    counts = dict(zip(column.values, column.counts, strict=True))
    delimiters = ("+", "||", "|", ";", ",", "_")
    single = [v for v in column.values if is_control_label(v) and not _is_joined(v, delimiters)]
    known = [v for v in single if KNOWN.fullmatch(v.strip())]
    single = [v for v in single if v in known or v not in look.all_genes]
    never = [c for c in look.columns if c.is_flag and CONTROL_FLAG.fullmatch(c.plain)]
    never = [c for c in never if c.is_constant and not c.flags.any()]
    if never and not known:
        return Guess("control", [], SURE, (f"'{never[0].name}' is false everywhere",))
    labels = sorted(known or single, key=lambda v: -counts[v])
    if not labels:
        inside = _joined_controls(column, delimiters)
        if inside:
            fact = f"stands inside labels such as {shorten(inside[1], 2)}"
            return Guess("control", [inside[0]], LIKELY, (fact,))
        return _without(column)
    shown = shorten([f"'{v}' ({counts[v]})" for v in labels], 4)
    others = [v for v in single if v not in labels]
    alternatives = tuple(f"'{v}' ({counts[v]}) also sounds like a control" for v in others[:4])
    kinds = {re.sub(r"[\W\d_]+", "", v.lower()) for v in labels}
    if len(labels) > 1 and len(kinds) > 1 and len(known) > 1:
        fact = f"several labels sound like controls: {shown}; all are taken"
        return Guess("control", labels, UNCLEAR, (fact,), alternatives)
    if all(map(is_no_call_label, labels)):
        fact = f"label {shown} means untreated, or that no perturbation could be called"
        return Guess("control", labels, UNCLEAR, (fact,), alternatives)
    confidence = SURE if known and not others else LIKELY
    share = sum(int(counts[v]) for v in labels) / max(look.opened.n_obs, 1)
    evidence = [f"label {shown}"]
    if share > WHOLE_DATA and len(column.values) > 3:
        confidence = LIKELY
        evidence.append(f"it covers {share:.0%} of the observations")
    return Guess("control", labels[:MOST_LABELS], confidence, tuple(evidence), alternatives)


def _is_joined(label: str, delimiters: tuple[str, ...]) -> bool:
    """Tell ``A+ctrl`` (a treated cell) from ``ctrl`` and ``non_targeting_3``."""
    for d in delimiters:
        parts = [p.strip() for p in label.split(d)]
        if len(parts) > 1 and any(KNOWN.fullmatch(p) for p in parts):
            rest = [p for p in parts if not KNOWN.fullmatch(p)]
            if any(re.search(r"[A-Za-z]{2}", p) and not is_control_label(p) for p in rest):
                return d in "+|;,|| " or not re.fullmatch(r"tf|cells?|guides?|sg", rest[0].lower())
    return False


def _joined_controls(column: Column, delimiters: tuple[str, ...]) -> tuple[str, list[str]] | None:
    """Find the control that only stands as a part, as in ``A+ctrl`` without ``ctrl``."""
    for word in ("ctrl", "control", "non-targeting"):
        for d in delimiters:
            inside = [v for v in column.values if word in [p.strip() for p in v.split(d)]]
            if inside:
                return word, inside
    return None


def _without(column: Column) -> Guess:
    doubtful = [v for v in column.values if v.lower() in ("none", "na", "negative", "wt", "")]
    if doubtful:
        fact = f"no label says control; '{doubtful[0]}' may mean untreated"
        return Guess("control", doubtful[:1], UNCLEAR, (fact,))
    return Guess("control", [], LIKELY, ("no label sounds like a control",))
