"""Perturbation: which column says what was done to the cells."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from foretell.core.errors import shorten
from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.words import (
    CONTROL_FLAG,
    FIXED,
    GUIDE,
    IDENTITY,
    PERTURBATION,
    is_control_label,
    is_no_call_label,
)

__all__ = ["Candidate", "candidates", "doubt_unused", "guess_perturbation", "guide_columns"]

ENOUGH = 5.0  # weight below which a column is not taken for the perturbation
DOUBTFUL = 3.0  # weight of a column of any name that holds a control label
CLOSE = 1.5  # difference of weights that leaves the choice open
MOST_LABELS = 60_000
GUIDE_AFFIX = re.compile(r"([_-]?s?g(rna)?[_-]?\d+|[_-]\d+)$|^s?g(rna)?\d*[_-]", re.IGNORECASE)
PARTS = "+|;,"  # joins looked at when labels are compared with gene names


@dataclass(frozen=True, eq=False)
class Candidate:
    """A column that may hold the perturbations, with what speaks for it."""

    column: Column
    weight: float
    evidence: tuple[str, ...]


def guess_perturbation(look: Look) -> Guess:
    """Choose among the columns by name, control labels, flags and gene names."""
    found = candidates(look)
    best = found[0] if found else None
    strange = look.value("gene_id") in ("other", "numbers", "coordinates")
    if best is None or best.weight < (ENOUGH if strange else DOUBTFUL):
        seen = shorten([c.column.name for c in found], 5)
        why = f"no column of obs looks like perturbations (nearest: {seen})" if found else (
            f"no column of obs looks like perturbations ({len(look.columns)} columns)"
        )  # fmt: skip
        return Guess("perturbation", None, SURE if not found else LIKELY, (why,))
    others = [c for c in found[1:] if c.weight >= min(ENOUGH, best.weight)]
    alternatives = tuple(_compared(other, best) for other in others[:4])
    rivals = [c for c in others if best.weight - c.weight < CLOSE and _disagrees(c, best)]
    confidence = UNCLEAR if rivals else SURE if best.weight >= 9 else LIKELY
    doubts = (_named_by_another(best, found[1:], look), _by_guide(best), _by_chance(best))
    if any(doubts):
        evidence = (*best.evidence, *filter(None, doubts))
        return Guess("perturbation", best.column.name, UNCLEAR, evidence, alternatives)
    return Guess("perturbation", best.column.name, confidence, best.evidence, alternatives)


def _named_by_another(best: Candidate, others: list[Candidate], look: Look) -> str:
    """Say where labels are running numbers, and another column names what they did."""
    labels = [v for v in best.column.values if not is_control_label(v)]
    stems = {re.sub(r"\d+$", "", v) for v in labels}
    if len(labels) < 3 or len(stems) > 1 or not all(v[-1:].isdigit() for v in labels):
        return ""
    for other in others:
        if (
            best.column.refines(other.column)
            and _share_of_genes([*other.column.values], look) > 0.3
        ):
            return (
                f"its labels are running numbers; '{other.column.name}' names the targets "
                f"({other.column.top(2)}), and may need a column of kinds or directions beside it"
            )
    return ""


def _by_guide(best: Candidate) -> str:
    """Say where labels are guides, several of which act on one target."""
    labels = [v for v in best.column.values if not is_no_call_label(v)]
    stems = {v: GUIDE_AFFIX.sub("", v) for v in labels if GUIDE_AFFIX.search(v)}
    targets = set(stems.values())
    if len(stems) < max(4, 0.8 * len(labels)) or not 2 <= len(targets) <= 0.7 * len(labels):
        return ""
    if min(map(len, targets)) < 2:
        return ""
    return (
        f"its {len(labels)} labels look like guides of {len(targets)} targets "
        f"({shorten(labels, 3)}): guides of one target would be told apart; add a column of targets"
    )


def _by_chance(best: Candidate) -> str:
    """Say where only a control label speaks for a column."""
    return "" if best.weight >= ENOUGH else "its name says nothing; only its labels speak for it"


def candidates(look: Look) -> list[Candidate]:
    """Columns with any weight, heaviest first."""
    flags = [c for c in look.columns if c.is_flag and CONTROL_FLAG.fullmatch(c.plain)]
    found = [_weigh(column, look, flags) for column in look.columns if _may_be(column)]
    return sorted((c for c in found if c.weight > 0), key=lambda c: (-c.weight, c.column.name))


def _may_be(column: Column) -> bool:
    if column.is_flag or len(column.values) > MOST_LABELS or not len(column.values):
        return False
    if CONTROL_FLAG.fullmatch(column.plain) or GUIDE.fullmatch(column.plain) is None and (
        FIXED.fullmatch(column.plain) is not None and column.plain != "perturbation_name"
    ):  # fmt: skip
        return False
    return not column.is_number or len(column.values) <= 500


def _weigh(column: Column, look: Look, flags: list[Column]) -> Candidate:
    weight, evidence = _by_name(column)
    labels = [v for v in column.values if not is_no_call_label(v)]
    controls = [v for v in labels if is_control_label(v)]
    if controls:
        weight += 3
        evidence.append(f"holds a control label: {shorten(controls, 3)}")
    for flag in flags:
        if _marks_whole_labels(column, flag):
            weight += 2
            evidence.append(f"'{flag.name}' is true for whole labels of it")
            break
    genes = _share_of_genes(labels, look)
    if genes > 0.3 and len(labels) > 2:
        weight += 2.5
        evidence.append(f"{genes:.0%} of its labels are genes of the file")
    if column.is_number:
        weight -= 4
    if labels and labels[0].strip().startswith("[("):
        weight += 1
        evidence.append("its labels carry doses")
    if len(column.values) == 1:
        weight -= 1 if controls else 4
        evidence.append("has a single value")
    if IDENTITY.fullmatch(column.plain):
        weight -= 5
    if look.opened.n_obs > 500 and len(column.values) > 0.7 * look.opened.n_obs:
        weight -= 4
        evidence.append("nearly every observation has a value of its own")
    return Candidate(column, weight, tuple(evidence))


def _by_name(column: Column) -> tuple[float, list[str]]:
    for pattern, weight in PERTURBATION:
        if pattern.fullmatch(column.plain):
            return float(weight), [f"the field calls such columns '{column.name}'"]
    if GUIDE.fullmatch(column.plain):
        return 4.0, ["named like a column of guides"]
    return 0.0, []


def _marks_whole_labels(column: Column, flag: Column) -> bool:
    """Tell whether a flag is true for all observations of some labels, and of no others."""
    if len(flag.values) != 2:
        return False
    return column.refines(flag)


def _share_of_genes(labels: list[str], look: Look) -> float:
    """Share of labels of which a part is a gene; guide suffixes are not cut off."""
    if not labels:
        return 0.0
    table = str.maketrans(PARTS, " " * len(PARTS))
    genes = look.all_genes
    hits = [any(part in genes for part in (t, *t.translate(table).split())) for t in labels]
    return float(np.mean(hits))


def doubt_unused(look: Look) -> None:
    """Ask about a second treatment with controls of its own that the mapping leaves out.

    To leave it out would average over what was done to the cells.
    """
    best = look.perturbation
    if best is None or "perturbation" in look.said:
        return
    values = [g.value for g in look.guesses.values() if g.what != "components"]
    used = {v for v in values if isinstance(v, str)}
    used |= {v for value in values if isinstance(value, (list, dict)) for v in value}
    for column in look.columns:
        named = column.name not in used and _by_name(column)[0] >= ENOUGH and _may_be(column)
        if not named or not any(map(is_control_label, column.values)):
            continue
        if len(column.values) > 1 and not (column.refines(best) or best.refines(column)):
            fact = (
                f"'{column.name}' was varied as well ({column.top(3)}), has controls of its own "
                "and is not used: name it under context, or join both columns"
            )
            look.guesses["perturbation"] = look.guesses["perturbation"].but(UNCLEAR, fact)


def _disagrees(other: Candidate, best: Candidate) -> bool:
    """Tell whether two columns divide the observations in different ways."""
    return not (other.column.refines(best.column) or best.column.refines(other.column))


def _compared(other: Candidate, best: Candidate) -> str:
    name, chosen = other.column.name, best.column.name
    finer, coarser = other.column.refines(best.column), best.column.refines(other.column)
    if finer and coarser:
        return f"'{name}' says the same in other words"
    if finer:
        return f"'{name}' divides the labels of '{chosen}' further ({len(other.column.values)})"
    if coarser:
        return f"'{name}' joins labels of '{chosen}' ({len(other.column.values)})"
    return f"'{name}' ({shorten(other.evidence, 2)}): {other.column.top(2)}"


def guide_columns(look: Look) -> list[Column]:
    """Columns of guides that divide the perturbations further."""
    chosen = look.perturbation
    if chosen is None:
        return []
    found = [c for c in look.columns if c.name != chosen.name and GUIDE.fullmatch(c.plain)]
    found = [c for c in found if not c.is_number and len(c.values) > len(chosen.values)]
    return [c for c in found if _mostly_refines(c, chosen)]


def _mostly_refines(column: Column, coarse: Column) -> bool:
    """Tell whether nearly every value stands with one label (calls may be missing)."""
    pairs = np.unique(
        np.stack([column.codes, coarse.codes]), axis=1, return_counts=True
    )  # fmt: skip
    table, counts = pairs
    most: dict[int, int] = {}
    for value, n in zip(table[0], counts, strict=True):
        most[int(value)] = max(most.get(int(value), 0), int(n))
    return sum(most.values()) >= 0.95 * counts.sum()
