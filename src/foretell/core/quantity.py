"""Quantity: doses, times and kinds, as files spell them."""

from __future__ import annotations

import math
import re

from foretell.core.errors import BadMapping, did_you_mean
from foretell.core.perturbation import KINDS

__all__ = ["TIME_UNITS", "read_dose", "read_hours", "read_kind"]

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s].*?)?\s*")
_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
_SECOND_NAMES = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "m"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "wk", "week", "weeks"), "w"),
}
TIME_UNITS = tuple(_HOURS)
# Units of one family differ by a factor; the largest is 1.
_FAMILIES = (
    {"m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "pm": 1e-12},  # molar
    {"g/ml": 1.0, "mg/ml": 1e-3, "ug/ml": 1e-6, "ng/ml": 1e-9, "pg/ml": 1e-12},
)
_KIND_OF = {
    "knockout": "knockout ko crisprko crisprcas9 cas9 knockoutmutant crisprknockout"
    " crisprknockoutscreen crisprknockoutmutant deletion null",
    "interference": "interference knockdown kd crispri crisprinterference"
    " crisprinterferencescreen rnai shrna sirna shrnaknockdown"
    " crisprrepression repression inhibition",
    "activation": "activation crispra crispractivation crispractivationscreen",
    "overexpression": "overexpression oe overexpressionactivation orf cdna induction",
    "compound": "compound drug chemical smallmolecule inhibitor trtcp",
    "ligand": "ligand cytokine protein growthfactor stimulation",
    "mutation": "mutation mutant deficiency variant",
}
_KIND_WORDS = {word: kind for kind, words in _KIND_OF.items() for word in words.split()}
_NO_KIND = ("", "na", "nan", "none", "other", "unknown", "control")


def read_dose(text: str, unit: str | None) -> tuple[float, str | None]:
    """Read an amount and its unit; an amount in another unit of the same family is converted.

    >>> read_dose("500 nM", "uM"), read_dose("0.5", "uM"), read_dose("3 ng/mL", None)
    ((0.5, 'uM'), (0.5, 'uM'), (3.0, 'ng/mL'))

    Errors: ValueError where the text is no number, or units cannot be converted.
    """
    value, given = _split(text)
    if given is None or unit is None or _plain(given) == _plain(unit):
        return value, unit if unit is not None else given
    for family in _FAMILIES:
        if _plain(given) in family and _plain(unit) in family:
            converted = value * family[_plain(given)] / family[_plain(unit)]
            return float(f"{converted:.12g}"), unit  # 0.5, not 0.49999999999999994
    raise ValueError(f"'{given}' cannot be converted to '{unit}'")


def read_hours(text: str, unit: str = "h") -> float:
    """Read a time in hours; a unit in the text wins over `unit`.

    >>> read_hours("90", "min"), read_hours("24h"), read_hours("2 days")
    (1.5, 24.0, 48.0)
    """
    value, given = _split(text)
    name = _SECOND_NAMES.get((given or unit).lower().rstrip("."))
    if name is None:
        raise ValueError(f"'{given}' is no unit of time")
    return float(f"{value * _HOURS[name]:.12g}")


def read_kind(word: str) -> str | None:
    """Read a kind of perturbation from the words of the field; None where it says nothing.

    >>> read_kind("CRISPRi"), read_kind("shRNA knock-down"), read_kind("OE"), read_kind("other")
    ('interference', 'interference', 'overexpression', None)
    """
    plain = re.sub(r"[^a-z0-9]", "", re.sub(r"\(.*?\)", "", word.lower()))
    if plain in _NO_KIND:
        return None
    if plain in _KIND_WORDS:
        return _KIND_WORDS[plain]
    inside = [w for w in _KIND_WORDS if len(w) > 5 and w in plain]
    if inside:
        return _KIND_WORDS[max(inside, key=len)]
    raise BadMapping(f"unknown kind of perturbation '{word}'", did_you_mean(word, KINDS))


def _split(text: str) -> tuple[float, str | None]:
    match = _QUANTITY.fullmatch(text)
    if match is None or not math.isfinite(float(match[1])):
        raise ValueError(f"'{text}' is not a number")
    return float(match[1]), match[2]


def _plain(unit: str) -> str:
    """Spell micro as u, and drop case and blanks: ``µM`` and ``uM`` are one unit."""
    return re.sub(r"\s", "", unit.replace("µ", "u").replace("μ", "u")).lower()
