"""ColumnMapping: which of the user's columns means what."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from foretell.core.errors import BadMapping, UnknownName, did_you_mean
from foretell.core.perturbation import CONTROL, KINDS
from foretell.core.scale import Scale

__all__ = ["ColumnMapping"]

OBSERVATIONS = ("cells", "samples")


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
        for name in ("control", "no_call", "context", "blocks"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        object.__setattr__(self, "delimiter", self.delimiter or None)
        Scale(self.scale)
        if self.kind is not None and self.kind not in KINDS:
            raise BadMapping(f"unknown kind '{self.kind}'", did_you_mean(self.kind, KINDS))
        if self.observation not in OBSERVATIONS:
            hint = did_you_mean(self.observation, OBSERVATIONS)
            raise BadMapping(f"unknown observation '{self.observation}'", hint)

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
