"""ColumnMapping: which of the user's columns means what."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from foretell.core.errors import BadMapping, UnknownName, did_you_mean
from foretell.core.perturbation import CONTROL, KINDS, spell_number
from foretell.core.scale import Scale

__all__ = ["ColumnMapping", "spell_value"]

OBSERVATIONS = ("cells", "samples")
LISTS = ("control", "no_call", "context", "blocks")
SINGLE = ("perturbation", "delimiter", "dose", "dose_unit", "horizon_h", "library_size", "layer")


@dataclass(frozen=True)
class ColumnMapping:
    """Say once which column is what; the user's columns are never renamed.

    Parameters
    ----------
    perturbation : column of perturbation labels.
    control : label or labels of untreated observations.
    delimiter : joins the parts of a combination; None or empty where there are none.
    no_call : labels that mean "no perturbation could be called"; dropped and counted.
    context : columns that controls and treated cells share (cell type, donor, stimulus).
    blocks : columns that match controls and stratify halves (batch, plate, guide, replicate).
    scale : see `Scale`; checked against the values, never guessed.
    kind : kind of every perturbation, one of `KINDS`.
    dose, dose_unit : column of doses, and their unit.
    horizon_h : column of hours to the measurement, where controls do not share it.
    library_size : column with the size of each library; otherwise the row sum is used.
    observation : ``cells``, or ``samples`` where one is enough for a condition.
    layer : layer to read instead of ``X``.
    min_cells : perturbed conditions with fewer observations are dropped and counted.
    """

    perturbation: str = "perturbation"
    control: tuple[str, ...] = (CONTROL,)
    delimiter: str | None = "+"
    no_call: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    scale: str = "counts"
    kind: str | None = None
    dose: str | None = None
    dose_unit: str | None = None
    horizon_h: str | None = None
    library_size: str | None = None
    observation: str = "cells"
    layer: str | None = None
    min_cells: int = 0

    def __post_init__(self) -> None:
        for name in LISTS:
            value = getattr(self, name)
            values = value if isinstance(value, (tuple, list)) else (value,)
            object.__setattr__(self, name, tuple(map(spell_value, values)))
        for name in SINGLE:
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise BadMapping(f"`{name}` is {value!r}", "write one text in quotes")
        object.__setattr__(self, "delimiter", self.delimiter or None)
        self._check_roles()
        Scale(self.scale)
        if self.kind is not None and self.kind not in KINDS:
            raise BadMapping(f"unknown kind '{self.kind}'", did_you_mean(self.kind, KINDS))
        if self.observation not in OBSERVATIONS:
            hint = did_you_mean(self.observation, OBSERVATIONS)
            raise BadMapping(f"unknown observation '{self.observation}'", hint)
        if type(self.min_cells) is not int or self.min_cells < 0:
            raise BadMapping(f"`min_cells` is {self.min_cells!r}", "write a whole number from 0")

    def _check_roles(self) -> None:
        roles = [self.perturbation, *self.context, self.dose, self.horizon_h]
        twice = [c for c in dict.fromkeys(roles) if c is not None and roles.count(c) > 1]
        if twice:
            raise BadMapping(
                f"column '{twice[0]}' is named more than once among perturbation, context, dose "
                "and horizon_h",
                "a column means one thing: name it once",
            )
        if self.dose_unit is not None and self.dose is None:
            raise BadMapping(
                f"dose_unit is '{self.dose_unit}', but no column of doses is named",
                'name it: dose = "..."',
            )
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
        single = (self.perturbation, self.dose, self.horizon_h, self.library_size)
        named = [column for column in single if column is not None]
        return tuple(dict.fromkeys([*named, *self.context, *self.blocks]))


def spell_value(value: object) -> str:
    """Spell a value of a column; a whole number loses its ``.0``, so that 1.0 is ``1``.

    >>> spell_value(1.0), spell_value(2), spell_value("B "), spell_value(0.5)
    ('1', '2', 'B ', '0.5')
    """
    if isinstance(value, float) and value.is_integer():
        return spell_number(value)
    return str(value)
