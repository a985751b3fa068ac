"""Labels: from the user's columns to conditions, once, at the border."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.errors import BadMapping, NoControl, UnknownName, did_you_mean, shorten
from foretell.core.label_parts import split_label
from foretell.core.mapping import ColumnMapping, spell_value
from foretell.core.perturbation import CONTROL, Component, Perturbation
from foretell.core.quantity import read_dose, read_hours, read_kind
from foretell.core.scale import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Labelled", "read_conditions"]

LIKE_CONTROL = re.compile(
    r"control|ctrl|non.?target|^nt$|negctrl|scramble|vehicle|dmso|untreat|unperturb|mock|safe.?harb",
    re.IGNORECASE,
)
_TRUE = ("true", "1", "yes", "t")
_FALSE = ("false", "0", "no", "f")


@dataclass(frozen=True)
class Labelled:
    """What the columns say.

    Parameters
    ----------
    conditions : distinct conditions, in an order that does not depend on the rows.
    codes : (n_obs,) position of each observation's condition, -1 where it was dropped.
    n_no_call : observations dropped because their label means "no call".
    n_not_kept : observations dropped because `keep` does not name their values.
    merged : labels that mean the same condition (``A+B`` and ``B+A``), joined by `` = ``.
    """

    conditions: tuple[Condition, ...]
    codes: np.ndarray
    n_no_call: int
    n_not_kept: int
    merged: tuple[str, ...]


def read_conditions(obs: pd.DataFrame, mapping: ColumnMapping) -> Labelled:
    """Parse every distinct combination of label, context, dose, horizon and kind."""
    _check_columns(obs, mapping)
    kept = _kept(obs, mapping)
    frame = _spelled(obs, mapping)
    called = kept & ~_is_no_call(frame, mapping)
    _check_empty(obs, frame, mapping, called)
    codes = np.full(len(frame), -1, dtype=np.int64)
    groups = frame[called].groupby(list(frame.columns), sort=False, observed=True, dropna=False)
    group_of_row = groups.ngroup().to_numpy()
    rows = frame[called].iloc[np.unique(group_of_row, return_index=True)[1]]
    named = zip(rows.index, rows.to_dict("records"), strict=True)
    parsed = [_parse_row(str(name), row, mapping) for name, row in named]
    if called.any() and not any(condition.is_control for condition in parsed):
        _refuse_without_control(frame[called], mapping)
    conditions, merged = _collect(parsed, rows[mapping.perturbation].tolist())
    position = {condition: i for i, condition in enumerate(conditions)}
    code_of_group = np.array([position[c] for c in parsed], dtype=np.int64)
    codes[called] = code_of_group[group_of_row]
    return Labelled(conditions, codes, int((kept & ~called).sum()), int((~kept).sum()), merged)


def _kept(obs: pd.DataFrame, mapping: ColumnMapping) -> np.ndarray:
    """(n_obs,) True where every column of `keep` has one of the values that it names."""
    kept = np.ones(len(obs), dtype=bool)
    for column, values in mapping.keep:
        spelled = _spell(obs[column])
        present = set(spelled)
        for value in values:
            if value not in present:
                raise UnknownName(
                    f"no observation has '{value}' in column '{column}', which `keep` names",
                    did_you_mean(value, present),
                )
        kept &= np.isin(spelled.astype(str), values)
    return kept


def _spelled(obs: pd.DataFrame, mapping: ColumnMapping) -> pd.DataFrame:
    """Return the columns that decide the condition, as text."""
    import pandas as pd

    single = (mapping.is_control, mapping.dose, mapping.horizon_h, mapping.kind_column)
    named = [mapping.perturbation, *mapping.context, *(c for c in single if c is not None)]
    spelled = {column: _spell(obs[column]) for column in dict.fromkeys(named)}
    frame = pd.DataFrame(spelled, index=obs.index)
    if mapping.is_control is not None:
        flags = _flags(obs, frame, mapping.is_control)
        frame[mapping.is_control] = flags
        frame.loc[flags, mapping.perturbation] = CONTROL  # whatever a flagged label says
    return frame


def _flags(obs: pd.DataFrame, frame: pd.DataFrame, column: str) -> np.ndarray:
    words = frame[column].str.lower()
    bad = ~words.isin([*_TRUE, *_FALSE])
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise BadMapping(
            f"'{frame[column].iloc[at] or 'NaN'}' in column '{column}' is neither true nor false "
            f"(first in observation '{obs.index[at]}')",
            "`is_control` names a column of true and false; name labels of controls under control",
        )
    flags: np.ndarray = words.isin(_TRUE).to_numpy()
    return flags


def _is_no_call(frame: pd.DataFrame, mapping: ColumnMapping) -> np.ndarray:
    """(n_obs,) True where the label means "no call"; a missing label may be called ``nan``."""
    labels = frame[mapping.perturbation]
    words = set(mapping.no_call)
    if words & {"nan", "NaN", "NA"}:
        words |= {""}
    no_call: np.ndarray = (labels.isin(words) | labels.str.strip().isin(words)).to_numpy()
    if mapping.is_control is not None:
        no_call &= ~frame[mapping.is_control].to_numpy()
    return no_call


def _spell(column: pd.Series) -> np.ndarray:
    """Spell a column as text, every distinct value once; what is missing is empty."""
    try:
        codes, distinct = column.factorize()
    except TypeError:
        raise BadMapping(
            f"column '{column.name}' holds lists, such as {str(column.iloc[0])[:60]}",
            "name a column of texts or numbers",
        ) from None
    if column.dtype == np.float32:
        distinct = np.asarray(distinct, dtype=np.float32)  # 0.1, not 0.10000000149
    spelled: np.ndarray = np.array([*map(spell_value, distinct), ""], dtype=object)[codes]
    return spelled


def _collect(
    parsed: list[Condition], labels: list[str]
) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """Return distinct conditions in order, and the spellings that mean the same one."""
    distinct = sorted(set(parsed), key=Condition.sort_key)
    _refuse_namesakes(distinct)
    spellings: dict[Perturbation, set[str]] = {}
    for condition, label in zip(parsed, labels, strict=True):
        if not condition.is_control:
            spellings.setdefault(condition.perturbation, set()).add(label)
    merged = (" = ".join(map(_visible, sorted(s))) for s in spellings.values() if len(s) > 1)
    return tuple(distinct), tuple(sorted(merged))


def _visible(label: str) -> str:
    """Quote a label with blanks around it: two that are written alike would look the same."""
    return label if label == label.strip() else f"'{label}'"


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


def _parse_row(name: str, row: dict[Any, Any], mapping: ColumnMapping) -> Condition:
    """Read one distinct row; `name` is the first observation that has it."""
    context = Context(tuple((column, row[column]) for column in mapping.context))
    if mapping.is_control is not None and row[mapping.is_control]:
        return Condition(Perturbation(), context)
    where = f" (first in observation '{name}')"
    components = _components(row, mapping, where)
    if not components:
        return Condition(Perturbation(), context)
    return Condition(Perturbation(components), context, _horizon(row, mapping, where))


def _components(row: dict[Any, Any], mapping: ColumnMapping, where: str) -> tuple[Component, ...]:
    """Read the label; parts that say "control" are no components."""
    label = row[mapping.perturbation]
    control = {c.strip() for c in mapping.control}
    if label in mapping.control or label.strip() in control:
        return ()
    parts = split_label(label, mapping, where)
    if all(part.target in control for part in parts):
        return ()
    doses = _doses(row, len(parts), mapping, where)
    kind = _kind(row, mapping, where)
    return tuple(
        Component(part.target, kind, *((part.dose, part.unit) if part.dose is not None else dose))
        for part, dose in zip(parts, doses, strict=True)
        if part.target not in control
    )


def _kind(row: dict[Any, Any], mapping: ColumnMapping, where: str) -> str | None:
    if mapping.kind_column is None:
        return mapping.kind
    try:
        return read_kind(row[mapping.kind_column])
    except BadMapping as error:
        raise BadMapping(
            f"{error.problem} in column '{mapping.kind_column}'{where}", error.way_out
        ) from None


def _doses(
    row: dict[Any, Any], n_parts: int, mapping: ColumnMapping, where: str
) -> list[tuple[float | None, str | None]]:
    """Read one dose per part; a single one counts for all."""
    if mapping.dose is None:
        return [(None, None)] * n_parts
    text = row[mapping.dose]
    many = mapping.delimiter is not None and n_parts > 1 and mapping.delimiter in text
    amounts = text.split(mapping.delimiter) if many else [text] * n_parts
    if len(amounts) != n_parts:
        raise BadMapping(
            f"'{text}' in column '{mapping.dose}' has {len(amounts)} doses for {n_parts} parts of "
            f"'{row[mapping.perturbation]}'{where}",
            "write one dose, or one per part",
        )
    try:
        return [read_dose(amount, mapping.dose_unit) for amount in amounts]
    except ValueError as error:
        problem = (
            f"in column '{mapping.dose}', {error}" if text else f"column '{mapping.dose}' holds NaN"
        )
        raise BadMapping(
            f"{problem}{where}", "write amounts as numbers, and their unit as dose_unit"
        ) from None


def _horizon(row: dict[Any, Any], mapping: ColumnMapping, where: str) -> float | None:
    column = mapping.horizon_h
    if column is None:
        return None
    try:
        return read_hours(row[column], mapping.horizon_unit)
    except ValueError:
        raise BadMapping(
            f"'{row[column] or 'NaN'}' in column '{column}' is not a number{where}",
            "write times as numbers, and their unit as horizon_unit",
        ) from None


def _check_columns(obs: pd.DataFrame, mapping: ColumnMapping) -> None:
    for column in mapping.columns():
        if column not in obs.columns:
            raise UnknownName(
                f"there is no column '{column}' in obs",
                f"say which column is what in the mapping ({did_you_mean(column, obs.columns)})",
            )


def _check_empty(
    obs: pd.DataFrame, frame: pd.DataFrame, mapping: ColumnMapping, called: np.ndarray
) -> None:
    """Refuse missing labels and contexts of observations that are not dropped."""
    for column in (mapping.perturbation, *mapping.context):
        missing = obs[column].isna().to_numpy() & called
        if column == mapping.perturbation and mapping.is_control is not None:
            missing &= ~frame[mapping.is_control].to_numpy()
        empty = np.flatnonzero(missing)
        if len(empty):
            raise BadMapping(
                f"{len(empty)} empty values in column '{column}' (first in observation "
                f"'{obs.index[empty[0]]}')",
                "fill them, or drop these observations; a label of its own that is named in "
                'no_call drops and counts them (no_call = "nan" does so for missing labels)',
            )


def _refuse_without_control(frame: pd.DataFrame, mapping: ColumnMapping) -> None:
    """Name the labels that look like controls; a relative scale needs none."""
    if Scale(mapping.scale).is_relative:
        return
    if mapping.is_control is not None:
        raise NoControl(
            f"column '{mapping.is_control}' marks no observation as control",
            "name the column or the label of untreated cells",
        )
    present = sorted({str(label).strip() for label in frame[mapping.perturbation].unique()})
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
