"""Columns: choose columns of a table by name, and turn them into numbers or refuse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.errors import BadMapping, BadValues, UnknownName, did_you_mean, shorten
from foretell.data.readers.table import NAMES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_columns", "is_number", "join_targets", "names_of_rows", "numbers"]

TARGETS = "perturbation"  # the column that joined targets are written to
FLOAT32_WHOLE = 2.0**24  # up to here float32 holds every whole number


def check_columns(frame: pd.DataFrame, names: Iterable[str], path: Path) -> None:
    """Refuse names in a layout that the table does not have."""
    for name in names:
        if name not in frame.columns:
            raise UnknownName(
                f"{path.name} has no column '{name}', which its layout names",
                did_you_mean(name, frame.columns),
            )


def is_number(column: pd.Series) -> bool:
    """Tell whether a column holds numbers; true and false are none."""
    return column.dtype.kind in "iuf"


def numbers(frame: pd.DataFrame, columns: Sequence[str], path: Path) -> np.ndarray:
    """Return (n_rows, n_columns) values, float32 where that loses nothing, naming a bad cell."""
    for column in columns:
        if not is_number(frame[column]):
            _refuse_text(frame[column], path)
    kinds = {frame[c].dtype.kind + str(getattr(frame[c].dtype, "itemsize", 8)) for c in columns}
    narrow = kinds <= {"f4", "f2", "i1", "i2", "u1", "u2"}
    values = frame[list(columns)].to_numpy(np.float32 if narrow else np.float64, na_value=np.nan)
    if not narrow and all(frame[c].dtype.kind in "iu" for c in columns):
        largest = np.abs(values).max(initial=0)
        values = values.astype(np.float32) if largest <= FLOAT32_WHOLE else values
    return np.ascontiguousarray(values)


def _refuse_text(column: pd.Series, path: Path) -> None:
    import pandas as pd

    bad = (pd.to_numeric(column, errors="coerce").isna() & column.notna()).to_numpy()
    at = int(np.flatnonzero(bad)[0]) if bad.any() else 0
    value = column.iloc[at]
    raise BadValues(
        f"{value!r} in row {at + 1} of column '{column.name}' of {path.name} is "
        f"{'no number' if bad.any() else 'a number stored as text'}",
        "correct it"
        if bad.any() and bad.mean() < 0.5
        else "store the column as numbers, or name it under `about` if it describes observations",
    )


def join_targets(table: pd.DataFrame, columns: Sequence[str], where: str) -> pd.DataFrame:
    """Write columns of targets, joined by ``+``, into a column ``perturbation``."""
    if not columns:
        return table
    if TARGETS in table.columns and TARGETS not in columns:
        raise BadMapping(
            f"{where} has a column '{TARGETS}' already, and its layout joins targets into one",
            "leave `perturbation` out of the layout, or rename that column",
        )
    texts = [table[c].astype(object).where(table[c].notna(), "").astype(str) for c in columns]
    parts = zip(*(column.str.strip() for column in texts), strict=True)
    labels = ["+".join(part for part in row if part) for row in parts]
    if "" in labels:
        raise BadValues(
            f"row {labels.index('') + 1} of {where} names no target in "
            f"{shorten(map(repr, columns))}",
            "write what it is there, for example control",
        )
    return table.assign(**{TARGETS: labels})


def names_of_rows(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return names of observations, and the columns that only name them.

    A first column without a name names them; so does a first column of distinct texts, which
    stays a column; otherwise they are numbered.
    """
    first = frame.columns[0]
    if first == NAMES:
        return frame[first].astype(str).tolist(), [first]
    texts = frame[first]
    if not is_number(texts) and texts.notna().all() and texts.is_unique:
        return texts.astype(str).tolist(), []
    return [str(i) for i in range(len(frame))], []
