"""Labels: from the user's columns to conditions, once, at the border."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.errors import BadMapping, NoControl, UnknownName, did_you_mean, shorten
from foretell.core.mapping import ColumnMapping, spell_value
from foretell.core.perturbation import Component, Perturbation
from foretell.core.scale import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Labelled", "read_conditions"]

LIKE_CONTROL = re.compile(
    r"control|ctrl|non.?target|^nt$|negctrl|scramble|vehicle|dmso|untreat|unperturb|mock|safe.?harb",
    re.IGNORECASE,
)


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
    texts = (mapping.perturbation, *mapping.context)
    numbers = [c for c in (mapping.dose, mapping.horizon_h) if c is not None]
    frame = obs[[*texts, *numbers]].copy()
    for column in frame.columns:
        frame[column] = _spell(obs[column])
    _check_control(frame, mapping)
    groups = frame.groupby([*texts, *numbers], sort=False, observed=True, dropna=False)
    group_of_row = groups.ngroup().to_numpy()
    rows = frame.iloc[np.unique(group_of_row, return_index=True)[1]]
    named = zip(rows.index, rows.to_dict("records"), strict=True)
    parsed = [_parse_row(str(name), row, mapping) for name, row in named]
    return _collect(parsed, rows[mapping.perturbation].tolist(), group_of_row)


def _spell(column: pd.Series) -> np.ndarray:
    """Spell a column as text, every distinct value once; what is missing is empty."""
    codes, distinct = column.factorize()
    if column.dtype == np.float32:
        distinct = np.asarray(distinct, dtype=np.float32)  # 0.1, not 0.10000000149
    spelled: np.ndarray = np.array([*map(spell_value, distinct), ""], dtype=object)[codes]
    return spelled


def _collect(
    parsed: list[Condition | None], labels: list[str], group_of_row: np.ndarray
) -> Labelled:
    distinct = sorted({c for c in parsed if c is not None}, key=Condition.sort_key)
    _refuse_namesakes(distinct)
    position = {condition: i for i, condition in enumerate(distinct)}
    code_of_group = np.array([-1 if c is None else position[c] for c in parsed], dtype=np.int64)
    codes = code_of_group[group_of_row]
    spellings: dict[Perturbation, set[str]] = {}
    for condition, label in zip(parsed, labels, strict=True):
        if condition is not None and not condition.is_control:
            spellings.setdefault(condition.perturbation, set()).add(label)
    merged = tuple(sorted(" = ".join(sorted(s)) for s in spellings.values() if len(s) > 1))
    return Labelled(tuple(distinct), codes, int((codes < 0).sum()), merged)


def _refuse_namesakes(distinct: list[Condition]) -> None:
    """Two conditions that are spelled alike would answer for each other in every table."""
    seen: set[str] = set()
    for condition in map(str, distinct):
        if condition in seen:
            raise BadMapping(
                f"two conditions would both be called '{condition}'",
                "rename a value of a context column, so that no value contains ', '",
            )
        seen.add(condition)


def _parse_row(name: str, row: dict[Any, Any], mapping: ColumnMapping) -> Condition | None:
    """Read one distinct row; `name` is the first observation that has it."""
    label = row[mapping.perturbation]
    if label in mapping.no_call or label.strip() in mapping.no_call:
        return None
    context = Context(tuple((column, row[column]) for column in mapping.context))
    targets = _targets(name, label, mapping)
    if not targets:
        return Condition(Perturbation(), context)
    dose = _number(name, row, mapping.dose, "write amounts as numbers, and the unit as dose_unit")
    horizon = _number(name, row, mapping.horizon_h, "write hours as numbers")
    components = [Component(t, mapping.kind, dose, mapping.dose_unit) for t in targets]
    return Condition(Perturbation(tuple(components)), context, horizon)


def _targets(name: str, label: str, mapping: ColumnMapping) -> list[str]:
    """Split a label into targets; parts that say "control" are no targets."""
    if label in mapping.control:
        return []
    whole = mapping.delimiter is None
    parts = [part.strip() for part in ([label] if whole else label.split(mapping.delimiter))]
    if not all(parts):
        raise BadMapping(
            f"label '{label}' in column '{mapping.perturbation}' has an empty part (first in "
            f"observation '{name}')",
            f"correct it, name it in no_call, or say what joins combinations (now delimiter = "
            f'"{mapping.delimiter or ""}")',
        )
    control = {c.strip() for c in mapping.control}
    return [part for part in parts if part not in control]


def _number(name: str, row: dict[Any, Any], column: str | None, way_out: str) -> float | None:
    if column is None:
        return None
    try:
        value = float(row[column])
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise BadMapping(
            f"'{row[column] or 'NaN'}' in column '{column}' is not a number (first in observation "
            f"'{name}')",
            way_out,
        )
    return value


def _check_columns(obs: pd.DataFrame, mapping: ColumnMapping) -> None:
    for column in mapping.columns():
        if column not in obs.columns:
            raise UnknownName(
                f"there is no column '{column}' in obs",
                f"say which column is what in the mapping ({did_you_mean(column, obs.columns)})",
            )
    for column in (mapping.perturbation, *mapping.context):
        empty = np.flatnonzero(obs[column].isna().to_numpy())
        if len(empty):
            raise BadMapping(
                f"{len(empty)} empty values in column '{column}' (first in observation "
                f"'{obs.index[empty[0]]}')",
                "fill them, or drop these observations; a label of its own that is named in "
                "no_call drops and counts them",
            )


def _check_control(frame: pd.DataFrame, mapping: ColumnMapping) -> None:
    if Scale(mapping.scale).is_relative:
        return
    present = sorted({str(label).strip() for label in frame[mapping.perturbation].unique()})
    if not set(present) & {label.strip() for label in mapping.control}:
        wanted = mapping.control[0] if mapping.control else "control"
        likely = [label for label in present if LIKE_CONTROL.search(label)]
        hint = did_you_mean(wanted, present)
        if likely and "did you mean" not in hint:
            hint = f"perhaps {shorten(likely)}"
        raise NoControl(
            f"no observation is labelled '{wanted}' in column '{mapping.perturbation}'",
            f'name the label of untreated cells, control = "..." ({hint}); data without controls '
            'need a relative scale, such as scale = "log_ratio"',
        )
