"""Labels: from the user's columns to conditions, once, at the border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.errors import BadMapping, NoControl, UnknownName, did_you_mean, shorten
from foretell.core.mapping import ColumnMapping
from foretell.core.perturbation import Component, Perturbation
from foretell.core.scale import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Labelled", "read_conditions"]


@dataclass(frozen=True)
class Labelled:
    """What the columns say.

    Parameters
    ----------
    conditions : distinct conditions, in an order that does not depend on the rows.
    codes : (n_obs,) position of each observation's condition, -1 where it was dropped.
    n_no_call : observations dropped because their label means "no call".
    merged : labels that mean the same condition (``A+B`` and ``B+A``), joined by `` = ``.
    """

    conditions: tuple[Condition, ...]
    codes: np.ndarray
    n_no_call: int
    merged: tuple[str, ...]


def read_conditions(obs: pd.DataFrame, mapping: ColumnMapping) -> Labelled:
    """Parse every distinct combination of label, context, dose and horizon."""
    _check_columns(obs, mapping)
    _check_control(obs, mapping)
    keys = [mapping.perturbation, *mapping.context]
    keys += [c for c in (mapping.dose, mapping.horizon_h) if c is not None]
    frame = obs[keys].copy()
    for column in (mapping.perturbation, *mapping.context):
        frame[column] = frame[column].astype(str)
    groups = frame.groupby(keys, sort=False, observed=True, dropna=False)
    group_of_row = groups.ngroup().to_numpy()
    rows = frame.iloc[np.unique(group_of_row, return_index=True)[1]]
    parsed = [_parse_row(row, mapping) for row in rows.to_dict("records")]
    return _collect(parsed, rows[mapping.perturbation].tolist(), group_of_row)


def _collect(
    parsed: list[Condition | None], labels: list[str], group_of_row: np.ndarray
) -> Labelled:
    distinct = sorted({c for c in parsed if c is not None}, key=Condition.sort_key)
    position = {condition: i for i, condition in enumerate(distinct)}
    code_of_group = np.array([-1 if c is None else position[c] for c in parsed], dtype=np.int64)
    codes = code_of_group[group_of_row]
    spellings: dict[Perturbation, set[str]] = {}
    for condition, label in zip(parsed, labels, strict=True):
        if condition is not None and not condition.is_control:
            spellings.setdefault(condition.perturbation, set()).add(label)
    merged = tuple(sorted(" = ".join(sorted(s)) for s in spellings.values() if len(s) > 1))
    return Labelled(tuple(distinct), codes, int((codes < 0).sum()), merged)


def _parse_row(row: dict[Any, Any], mapping: ColumnMapping) -> Condition | None:
    label = row[mapping.perturbation]
    if label in mapping.no_call:
        return None
    context = Context(tuple((column, row[column]) for column in mapping.context))
    if label in mapping.control:
        return Condition(Perturbation(), context)
    dose = None if mapping.dose is None else float(row[mapping.dose])
    parts = [label] if mapping.delimiter is None else label.split(mapping.delimiter)
    components = [
        Component(part.strip(), mapping.kind, dose, mapping.dose_unit)
        for part in parts
        if part.strip() not in mapping.control
    ]
    horizon = None if mapping.horizon_h is None else float(row[mapping.horizon_h])
    return Condition(Perturbation(tuple(components)), context, horizon)


def _check_columns(obs: pd.DataFrame, mapping: ColumnMapping) -> None:
    for column in mapping.columns():
        if column not in obs.columns:
            raise UnknownName(f"there is no column '{column}'", did_you_mean(column, obs.columns))
    empty = [
        c for c in (mapping.perturbation, *mapping.context) if bool(obs[c].isna().to_numpy().any())
    ]
    if empty:
        raise BadMapping(
            f"empty values in column {shorten(empty)}",
            "fill them, or give them a label and name it in no_call",
        )


def _check_control(obs: pd.DataFrame, mapping: ColumnMapping) -> None:
    if Scale(mapping.scale).is_relative:
        return
    present = set(obs[mapping.perturbation].astype(str).unique())
    if not present & set(mapping.control):
        wanted = mapping.control[0] if mapping.control else "control"
        raise NoControl(
            f"no observation is labelled '{wanted}' in column '{mapping.perturbation}'",
            f'{did_you_mean(wanted, present)} Name the label of untreated cells: control = "..."',
        )
