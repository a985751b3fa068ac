"""Labels: how one label is spelled: tuples, combinations, doses inside it, no calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from foretell.core.errors import shorten
from foretell.core.quantity import read_dose
from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, UNCLEAR, Guess
from foretell.data.inspect.words import is_control_label, is_no_call_label

__all__ = ["guess_delimiter", "guess_dose_mark", "guess_no_call", "guess_spelling", "parts_of"]

DELIMITERS = (" || ", "||", "+", "|", ";", ",", "&", "_", "/")
STRICT = {"_", ",", "/", "&"}  # these stand inside many names
MARKS = ("|", "@", ":", "_")
SUFFIX = re.compile(r"\d+|[a-z]|p[12]|g\d+|sg\d+|rep\d+", re.IGNORECASE)
NUMBER = re.compile(r"\d+(\.\d+)?([eE]-?\d+)?")


def guess_no_call(column: Column, controls: tuple[str, ...]) -> Guess:
    """Find labels that mean "no perturbation could be called"; missing ones are ``nan``."""
    found = [v for v in column.values if is_no_call_label(v) and v not in controls]
    counts = dict(zip(column.values, column.counts, strict=True))
    evidence = [f"'{label}' ({counts[label]})" for label in found]
    unclear = [v for v in found if v.lower() in ("none", "negative", "na", "-", "")]
    if column.n_missing:
        found.append("nan")
        evidence.append(f"{column.n_missing} observations have no label")
    if not found:
        return Guess("no_call", [], SURE, ("every label names a perturbation or a control",))
    confidence = SURE
    if unclear and not controls:
        confidence = UNCLEAR
        evidence.append(f"'{unclear[0]}' may also mean untreated: then name it as control")
    return Guess("no_call", sorted(set(found)), confidence, tuple(evidence))


def guess_spelling(labels: list[str]) -> Guess:
    """Recognise ``[('drug', 0.5, 'uM')]``."""
    tuples = [v for v in labels if re.fullmatch(r"\s*[\[(]\s*\(.*\)\s*,?\s*[\])]\s*", v)]
    if labels and len(tuples) > 0.9 * len(labels):
        return Guess("spelling", "tuples", SURE, (f"labels are lists of tuples: {tuples[0]}",))
    return Guess("spelling", "plain")


def guess_dose_mark(labels: list[str], delimiter: str | None) -> Guess:
    """Find what stands between target and dose inside a label, as in ``901|1.5+HN|6``."""
    parts = [p for label in labels for p in (label.split(delimiter) if delimiter else [label])]
    parts = [p.strip() for p in parts if not is_control_label(p)]
    for mark in MARKS:
        marked = [p.rpartition(mark) for p in parts if mark in p]
        if len(marked) < max(2, 0.9 * len(parts)) or not all(t for t, _, _ in marked):
            continue
        amounts = [amount for _, _, amount in marked]
        if not all(map(_is_dose, amounts)) or not _tells_doses(marked, mark):
            continue
        evidence = f"{len(marked)} of {len(parts)} parts end in a number after '{mark}'"
        shown = f"such as {''.join(marked[0])}"
        return Guess("dose_mark", mark, SURE if mark in "|@" else LIKELY, (evidence, shown))
    return Guess("dose_mark", None)


def _is_dose(text: str) -> bool:
    try:
        read_dose(text, None)
    except ValueError:
        return False
    return True


def _tells_doses(marked: list[tuple[str, str, str]], mark: str) -> bool:
    """Tell doses from running numbers (``GENE_1``): units, decimals, or one target at several."""
    amounts = [amount for _, _, amount in marked]
    whole = all(re.fullmatch(r"\d+", amount) for amount in amounts)
    if mark in "|@":
        return True
    if whole:
        return False
    targets = Counter(target for target, _, _ in marked)
    return any(not NUMBER.fullmatch(a) for a in amounts) or max(targets.values()) > 1 or mark == ":"


def parts_of(label: str, delimiter: str | None) -> list[str]:
    """Split a label; the parts without blanks around them."""
    return [p.strip() for p in (label.split(delimiter) if delimiter else [label])]


def guess_delimiter(
    labels: list[str],
    controls: tuple[str, ...],
    genes: frozenset[str],
    n_parts: Mapping[str, int] | None = None,
) -> Guess:
    """Choose what joins combinations: its parts must occur as labels, or be controls or genes.

    Parameters
    ----------
    labels : without those that mean "no call".
    n_parts : how many perturbations a column of numbers counts in every label.
    """
    guess = _by_parts(labels, controls, genes)
    if not n_parts or max(n_parts.values()) < 2:
        return guess
    wrong = [v for v in labels if v in n_parts and _n_parts(v, guess.value, controls) != n_parts[v]]
    if not wrong:
        said = "the column of numbers counts as many parts in every label"
        return Guess("delimiter", guess.value, SURE, (*guess.evidence, said), guess.alternatives)
    said = f"a column of numbers counts other parts in {len(wrong)} labels: {shorten(wrong, 3)}"
    return guess.but(UNCLEAR, said)


def _n_parts(label: str, delimiter: str | None, controls: tuple[str, ...]) -> int:
    """Count parts that are no control."""
    control = {c.strip() for c in controls} | {"ctrl", "control"}
    return sum(part not in control for part in parts_of(label, delimiter))


def _by_parts(labels: list[str], controls: tuple[str, ...], genes: frozenset[str]) -> Guess:
    plain = [v for v in labels if v not in controls]
    tried = {d: _support(d, plain, controls, genes) for d in DELIMITERS}
    tried = {d: found for d, found in tried.items() if found.n}
    if not tried:
        return Guess("delimiter", "+", SURE, ("no label joins parts: there are no combinations",))
    best = max(tried, key=lambda d: (tried[d].share, tried[d].n, -DELIMITERS.index(d)))
    rejected = tuple(
        f"'{d}' joins nothing: in {tried[d].share:.0%} of {tried[d].n} labels with it are the "
        f"parts known otherwise ({tried[d].shown})"
        for d in tried
        if d != best and tried[d].share < _needed(d)
    )
    if tried[best].share >= _needed(best):
        return _with_second(_accepted(best, tried[best], rejected), best, plain, controls)
    if "+" in tried and _is_typical(plain):
        found = tried["+"]
        evidence = (
            f"{found.n} labels are words joined by '+' ({found.shown}), though only "
            f"{found.share:.0%} of them have parts that are known otherwise"
        )
        return Guess("delimiter", "+", LIKELY if found.share >= 0.1 else UNCLEAR, (evidence,))
    found = tried[best]
    evidence = (
        f"'{best}' stands in {found.n} labels ({found.shown}), but in only {found.share:.0%} of "
        "them are the parts known otherwise: one name, not a combination"
    )
    none = "" if any("+" in v for v in plain) else "+"
    confidence = UNCLEAR if found.share >= 0.4 and found.n > 1 else SURE
    return Guess("delimiter", none, confidence, (evidence,), rejected)


def _with_second(guess: Guess, best: str, labels: list[str], controls: tuple[str, ...]) -> Guess:
    """Doubt a delimiter where other labels join parts that were measured alone by another one."""
    others = [v for v in labels if best not in v]
    for d in (d for d in DELIMITERS if d.strip() != best.strip()):
        joined = [v for v in others if d in v]
        parts = {p for v in joined for p in parts_of(v, d)}
        if joined and parts <= _bases(set(others) - set(joined)) | set(controls):
            fact = f"'{d}' joins parts as well ({shorten(joined, 2)}), and one file has one mark"
            return guess.but(UNCLEAR, fact, f"write '{best.strip()}' in all labels")
    return guess


def _accepted(delimiter: str, found: _Support, rejected: tuple[str, ...]) -> Guess:
    """Return the delimiter; unclear where parts could as well be what all cells were given."""
    confidence = SURE if found.share > 0.9 and delimiter not in STRICT else LIKELY
    evidence: tuple[str, ...] = (
        f"{found.share:.0%} of {found.n} labels with '{delimiter}' have parts that {found.why} "
        f"({found.shown})",
    )
    if found.background:
        confidence = UNCLEAR
        evidence += (
            f"'{found.background}' stands in most of them: if its cells were all given it, it is a "
            "context (a stimulus), no part of a combination",
        )
    elif not found.n_alone:
        confidence = UNCLEAR
        evidence += ("no part was measured alone: a stimulus and a treatment, or a combination?",)
    value = delimiter.strip()
    return Guess("delimiter", value, confidence, evidence, rejected)


def _needed(delimiter: str) -> float:
    """Share of labels whose parts must be known; names are full of ``_`` and ``,``."""
    return 0.8 if delimiter in STRICT else 0.6


def _is_typical(labels: list[str]) -> bool:
    """Tell names joined by a plus from a plus inside a name, as in ``(+)-JQ1``."""
    with_plus = [v for v in labels if "+" in v]
    clean = [v for v in with_plus if re.fullmatch(r"[\w .|@:-]+(\+[\w .|@:-]+)+", v)]
    return len(clean) > 0.9 * len(with_plus)


@dataclass(frozen=True)
class _Support:
    """Labels with a delimiter: how many, the share with known parts, and examples.

    `n_alone` counts parts that were measured alone or are genes; `background` stands in most of
    the labels.
    """

    share: float = 0.0
    n: int = 0
    shown: str = ""
    why: str = ""
    n_alone: int = 0
    background: str = ""


def _support(
    delimiter: str, labels: list[str], controls: tuple[str, ...], genes: frozenset[str]
) -> _Support:
    joined = {v: parts_of(v, delimiter) for v in labels if delimiter in v}
    if not joined:
        return _Support()
    alone = _bases({v for v in labels if delimiter not in v})
    control = {c.strip() for c in controls} | {"ctrl", "control"}
    partners: dict[str, set[str]] = {}
    often: Counter[str] = Counter()
    stands = Counter(part for parts in joined.values() for part in _bases(set(parts)))
    for parts in joined.values():
        often.update(set(parts) - control)
        for part in _bases(set(parts)):
            partners.setdefault(part, set()).update(_bases(set(parts)) - {part})
            if len(parts) == 2 and control & set(parts):
                alone |= _bases(set(parts))  # A+ctrl says that A was measured alone
    # within one label of many parts every part has partners: it has to meet others elsewhere
    meets = {part: others for part, others in partners.items() if stands[part] > 1}
    good = {v for v, parts in joined.items() if _known(parts, alone, control, meets, genes)}
    every = _all_alone(good, joined, alone | control)
    part, n_most = often.most_common(1)[0] if often else ("", 0)
    return _Support(
        share=len(good) / len(joined),
        n=len(joined),
        shown=shorten(sorted(good or joined), 2),
        why="occur as labels" if every else "occur as labels, in other combinations or as genes",
        n_alone=sum(part in genes for part in partners) + len(set(partners) & (alone | control)),
        background=part if len(joined) > 4 and n_most > 0.8 * len(joined) else "",
    )


def _known(
    parts: list[str],
    alone: set[str],
    control: set[str],
    partners: dict[str, set[str]],
    genes: frozenset[str],
) -> bool:
    if not all(parts) or any(SUFFIX.fullmatch(p) and p not in alone for p in parts):
        return False
    bases = [next(iter(_bases({p}))) for p in parts]
    n_alone = sum(b in alone or p in control for b, p in zip(bases, parts, strict=True))
    known = [
        b in alone or p in control or p in genes or len(partners.get(b, ())) > 1
        for b, p in zip(bases, parts, strict=True)
    ]
    return all(known) and (
        n_alone > 0 or all(p in genes for p in parts) or _crossed(bases, partners)
    )


def _crossed(bases: list[str], partners: dict[str, set[str]]) -> bool:
    """Every part meets at least two partners: a design of pairs."""
    return all(len(partners.get(b, ())) > 1 for b in bases)


def _bases(labels: set[str]) -> set[str]:
    """Targets of labels, without a dose after ``|`` or ``@``."""
    return {re.sub(r"[|@]\s*[\d.]+.*$", "", v).strip() or v for v in labels}


def _all_alone(good: set[str], joined: dict[str, list[str]], alone: set[str]) -> bool:
    return all(next(iter(_bases({p}))) in alone for v in good for p in joined[v])
