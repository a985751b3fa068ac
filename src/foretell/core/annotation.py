"""Annotation: names of genes and descriptions of perturbations, as the file has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from foretell.core.context import Condition
from foretell.core.errors import UnknownName, did_you_mean
from foretell.core.mapping import ColumnMapping

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["gene_names", "read_components"]


def gene_names(var: pd.DataFrame, column: str | None) -> np.ndarray:
    """(n_genes,) names from a column of ``var``; the index where it is missing or not unique."""
    index = np.asarray(var.index, dtype=str)
    if column is None:
        return index
    if column not in var.columns:
        hint = did_you_mean(column, var.columns) if len(var.columns) else "var has no columns"
        raise UnknownName(f"there is no column '{column}' in var", hint)
    texts = var[column].astype(object)
    names = np.where(texts.isna(), "", texts.astype(str)).astype(str)
    distinct, counts = np.unique(names, return_counts=True)
    taken = set(index)
    refused = set(distinct[counts > 1]) | {"", "nan"}
    chosen = [
        i if name in refused or (name != i and name in taken) else name
        for name, i in zip(names, index, strict=True)
    ]
    return np.array(chosen, dtype=str)


def read_components(
    obs: pd.DataFrame,
    mapping: ColumnMapping,
    conditions: tuple[Condition, ...],
    codes: np.ndarray,
) -> pd.DataFrame | None:
    """Return the table by target of the columns that describe a perturbation, or None.

    Read from observations with a single target; where they disagree, the most frequent value
    counts, and among equally frequent ones the first in order.
    """
    if not mapping.components:
        return None
    import pandas as pd

    target = [c.perturbation.targets[0] if c.perturbation.order == 1 else "" for c in conditions]
    of_row = np.array([*target, ""], dtype=object)[codes]  # -1, dropped, takes the last
    table = {}
    for column in mapping.components:
        frame = pd.DataFrame({"target": of_row, "value": obs[column].astype(object).to_numpy()})
        frame = frame[(frame["target"] != "") & frame["value"].notna()]
        counts = frame.astype(str).value_counts(["target", "value"], sort=False).reset_index()
        counts = counts.sort_values(["target", "count", "value"], ascending=[True, False, True])
        table[column] = counts.drop_duplicates("target").set_index("target")["value"]
    return pd.DataFrame(table).rename_axis("target").sort_index()
