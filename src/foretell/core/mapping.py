"""ColumnMapping: which of the user's columns means what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from foretell.core.errors import BadMapping, UnknownName, did_you_mean
from foretell.core.perturbation import CONTROL, KINDS, spell_number
from foretell.core.quantity import TIME_UNITS
from foretell.core.scale import Scale

__all__ = ["ColumnMapping", "spell_value"]

OBSERVATIONS = ("cells", "samples")
SPELLINGS = ("plain", "tuples")
CENSORED = ("unknown", "small")
LISTS = ("control", "no_call", "context", "blocks", "components")
NEEDED = ("perturbation", "scale", "spelling", "observation", "horizon_unit")
SINGLE = (
    "is_control",
    "delimiter",
    "dose_mark",
    "kind_column",
    "dose",
    "dose_unit",
    "horizon_h",
    "library_size",
    "layer",
    "gene_names",
    "listed",
)
CHOICES = {
    "kind": KINDS,
    "observation": OBSERVATIONS,
    "spelling": SPELLINGS,
    "horizon_unit": TIME_UNITS,
    "censored": CENSORED,
}


@dataclass(frozen=True)
class ColumnMapping:
    """Say once which column is what; the user's columns are never renamed.

    Parameters
    ----------
    perturbation : column of perturbation labels.
    is_control : column of true and false that marks controls, whatever their labels say.
    control : label or labels of untreated observations; also as parts, as in ``A+ctrl``.
    delimiter : joins the parts of a combination; None or empty where there are none.
    spelling : ``plain``, or ``tuples`` for labels such as ``[('drug', 0.5, 'uM')]``.
    dose_mark : what stands between target and dose inside a label, as in ``JQ1|0.5+NT|3``.
    no_call : labels that mean "no perturbation could be called"; dropped and counted.
    context : columns that controls and treated cells share (cell type, donor, stimulus).
    blocks : columns that match controls and stratify halves (batch, plate, guide, replicate).
    scale : see `Scale`; checked against the values, never guessed.
    kind, kind_column : kind of every perturbation, one of `KINDS`, or the column that says it.
    dose, dose_unit : column of doses (0.5, ``500 nM``, ``1+0.1`` for two parts), and their unit.
    horizon_h, horizon_unit : column of times to the measurement, where controls do not share
        them, and their unit (``s``, ``min``, ``h``, ``d``, ``w``).
    library_size : column with the size of each library; otherwise the row sum is used.
    observation : ``cells``, or ``samples`` where one is enough for a condition.
    layer : layer to read instead of ``X``.
    min_cells : perturbed conditions with fewer observations are dropped and counted.
    keep : column -> values that are kept; other observations are dropped and counted.
    gene_names : column of ``var`` that names genes as the labels do, where the index does not;
        a gene whose name is missing or not unique keeps its index.
    components : columns that describe a perturbation (SMILES, mechanism); see
        `Dataset.components`.
    censored : what is known of pairs that are not listed: ``unknown`` (not tested, NaN) or
        ``small`` (below a threshold, 0); None where everything was measured.
    listed : layer whose non-zero entries are the listed pairs, with ``unknown``.
    """

    perturbation: str = "perturbation"
    is_control: str | None = None
    control: tuple[str, ...] = (CONTROL,)
    delimiter: str | None = "+"
    spelling: str = "plain"
    dose_mark: str | None = None
    no_call: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    scale: str = "counts"
    kind: str | None = None
    kind_column: str | None = None
    dose: str | None = None
    dose_unit: str | None = None
    horizon_h: str | None = None
    horizon_unit: str = "h"
    library_size: str | None = None
    observation: str = "cells"
    layer: str | None = None
    min_cells: int = 0
    keep: tuple[tuple[str, tuple[str, ...]], ...] = ()
    gene_names: str | None = None
    components: tuple[str, ...] = ()
    censored: str | None = None
    listed: str | None = None

    def __post_init__(self) -> None:
        for name in LISTS:
            value = getattr(self, name)
            values = () if value is None else value
            values = values if isinstance(values, (tuple, list)) else (values,)
            object.__setattr__(self, name, tuple(map(spell_value, values)))
        for name in NEEDED:
            if not isinstance(getattr(self, name), str):
                raise BadMapping(f"`{name}` is {getattr(self, name)!r}", "write one text in quotes")
        for name in SINGLE:
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise BadMapping(f"`{name}` is {value!r}", "write one text in quotes")
        object.__setattr__(self, "delimiter", self.delimiter or None)
        object.__setattr__(self, "keep", _kept(self.keep))
        self._check_roles()
        Scale(self.scale)
        for name, valid in CHOICES.items():
            _check_choice(name, getattr(self, name), valid)
        if self.listed is not None and self.censored != "unknown":
            raise BadMapping(
                f"`listed` names the layer '{self.listed}', but `censored` is {self.censored!r}",
                'what is not listed is unknown: add censored = "unknown"',
            )
        if type(self.min_cells) is not int or self.min_cells < 0:
            raise BadMapping(f"`min_cells` is {self.min_cells!r}", "write a whole number from 0")

    def _check_roles(self) -> None:
        roles = [self.perturbation, self.is_control, *self.context, self.dose, self.horizon_h]
        twice = [c for c in dict.fromkeys(roles) if c is not None and roles.count(c) > 1]
        if twice:
            raise BadMapping(
                f"column '{twice[0]}' is named more than once among perturbation, is_control, "
                "context, dose and horizon_h",
                "a column means one thing: name it once",
            )
        if self.dose_unit is not None and self.dose is None and self.dose_mark is None:
            raise BadMapping(
                f"dose_unit is '{self.dose_unit}', but no column of doses is named",
                'name it: dose = "..."; or say what stands before a dose in a label: dose_mark',
            )
        if self.kind is not None and self.kind_column is not None:
            raise BadMapping("both `kind` and `kind_column` are given", "leave one of them out")
        both = sorted(set(self.control) & set(self.no_call))
        if both:
            raise BadMapping(
                f"label '{both[0]}' stands under both `control` and `no_call`",
                "an untreated cell is a control, a cell without a call is dropped: choose one",
            )

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> ColumnMapping:
        """Build from a TOML table, refusing keys that do not exist."""
        valid = [field.name for field in fields(cls)]
        for name in given:
            if name not in valid:
                raise UnknownName(f"a mapping has no field '{name}'", did_you_mean(name, valid))
        return cls(**given)

    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping names."""
        single = (
            self.perturbation,
            self.is_control,
            self.dose,
            self.horizon_h,
            self.kind_column,
            self.library_size,
        )
        named = [column for column in single if column is not None]
        kept = [column for column, _ in self.keep]
        lists = (*self.context, *self.blocks, *kept, *self.components)
        return tuple(dict.fromkeys([*named, *lists]))


def spell_value(value: object) -> str:
    """Spell a value of a column; a whole number loses its ``.0``, so that 1.0 is ``1``.

    >>> spell_value(1.0), spell_value(2), spell_value("B "), spell_value(0.5)
    ('1', '2', 'B ', '0.5')
    """
    if isinstance(value, float) and value.is_integer():
        return spell_number(value)
    return str(value)


def _check_choice(name: str, value: object, valid: tuple[str, ...]) -> None:
    """Refuse a word that is not one of the valid ones; None is none of them and allowed."""
    if value is not None and value not in valid:
        raise BadMapping(f"unknown {name} '{value}'", did_you_mean(str(value), valid))


def _kept(given: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Bring ``{column: value or values}`` into sorted pairs."""
    if not isinstance(given, (Mapping, tuple, list)):
        raise BadMapping(f"`keep` is {given!r}", 'write { column = ["value", "value"] }')
    pairs = given.items() if isinstance(given, Mapping) else given
    kept = []
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise BadMapping(f"`keep` is {given!r}", 'write { column = ["value", "value"] }')
        column, values = pair
        values = values if isinstance(values, (tuple, list)) else (values,)
        kept.append((str(column), tuple(map(spell_value, values))))
    return tuple(sorted(kept))
