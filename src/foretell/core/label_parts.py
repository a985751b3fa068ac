"""Label parts: one label of a file, taken apart into targets and their doses."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from foretell.core.errors import BadMapping
from foretell.core.mapping import ColumnMapping
from foretell.core.quantity import read_dose

__all__ = ["Part", "split_label"]


@dataclass(frozen=True)
class Part:
    """A target and, where the label itself says so, its dose."""

    target: str
    dose: float | None = None
    unit: str | None = None


def split_label(label: str, mapping: ColumnMapping, where: str = "") -> list[Part]:
    """Take a label apart as the mapping spells it; parts that say "control" are kept.

    Errors: `BadMapping` naming the label; `where` says in which observation it stands first.
    """
    if mapping.spelling == "tuples":
        return _tuples(label, mapping, where)
    whole = mapping.delimiter is None
    texts = [part.strip() for part in ([label] if whole else label.split(mapping.delimiter))]
    if not all(texts):
        raise BadMapping(
            f"label '{label}' in column '{mapping.perturbation}' has an empty part{where}",
            f"correct it, name it in no_call, or say what joins combinations (now delimiter = "
            f'"{mapping.delimiter or ""}")',
        )
    return [_marked(text, label, mapping, where) for text in texts]


def _marked(text: str, label: str, mapping: ColumnMapping, where: str) -> Part:
    """Read ``target|dose``; a part without the mark has no dose."""
    mark = mapping.dose_mark
    if mark is None or mark not in text:
        return Part(text)
    target, _, amount = text.rpartition(mark)
    try:
        dose, unit = read_dose(amount, mapping.dose_unit)
    except ValueError as error:
        raise BadMapping(
            f"label '{label}' in column '{mapping.perturbation}' has no dose after '{mark}': "
            f"{error}{where}",
            f'correct it, or say what stands before a dose (now dose_mark = "{mark}")',
        ) from None
    return Part(target.strip(), dose, unit)


def _tuples(label: str, mapping: ColumnMapping, where: str) -> list[Part]:
    """Read ``[('drug', 0.5, 'uM'), ...]``."""
    try:
        parts = [_tuple(item) for item in ast.literal_eval(label)]
        if parts and all(part.target for part in parts):
            return parts
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        pass
    raise BadMapping(
        f"label '{label[:80]}' in column '{mapping.perturbation}' is no list of tuples{where}",
        "write [('drug', 0.5, 'uM')], or leave `spelling` out",
    )


def _tuple(item: object) -> Part:
    if not isinstance(item, tuple) or not item:
        raise ValueError("no tuple")
    target = str(item[0]).strip()
    if len(item) == 1:
        return Part(target)
    unit = str(item[2]) if len(item) > 2 else None
    dose, unit = read_dose(repr(float(item[1])), unit)
    return Part(target, dose, unit)
