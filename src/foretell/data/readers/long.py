"""Long tables: one row per observation and gene."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.errors import BadMapping, BadValues, shorten
from foretell.core.layout import TableLayout
from foretell.data.readers.columns import check_columns, is_number, numbers

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["from_long"]

SHARE_OF_MEMORY = 0.5  # of what is free, for the dense matrix


def from_long(frame: pd.DataFrame, layout: TableLayout, path: Path) -> AnnData:
    """Spread a table; every distinct combination of `about` and targets is an observation.

    X is dense float32, NaN where a pair is not listed. Genes stand in order of their names,
    observations as they come first in the table.

    Errors: `BadValues` for a pair that is listed twice, and for a matrix beyond the memory.
    """
    import pandas as pd
    from anndata import AnnData

    gene, value = str(layout.gene), str(layout.value)
    about = list(dict.fromkeys([*layout.about, *layout.perturbation]))
    check_columns(frame, [gene, value, *about], path)
    _check_roles(frame, gene, value, about, path)
    rows = frame.groupby(about, sort=False, observed=True, dropna=False).ngroup().to_numpy()
    columns, genes = pd.factorize(frame[gene].astype(str), sort=True)
    first = np.unique(rows, return_index=True)[1]
    _refuse_twice(frame, rows, columns, [*about, gene], path)
    values = numbers(frame, [value], path)[:, 0]
    _check_memory(len(first), len(genes), path)
    X = np.full((len(first), len(genes)), np.nan, dtype=np.float32)
    X[rows, columns] = values
    obs = frame[about].iloc[first]
    index = pd.Index(_names(obs), dtype=object)
    return AnnData(
        X, obs=obs.set_axis(index, axis=0), var=pd.DataFrame(index=pd.Index(genes, dtype=object))
    )


def _check_roles(frame: pd.DataFrame, gene: str, value: str, about: list[str], path: Path) -> None:
    if not about:
        others = [c for c in frame.columns if c not in (gene, value) and not is_number(frame[c])]
        raise BadMapping(
            f"the layout of {path.name} does not say which columns describe an observation",
            f"name them: about = [...], for example of {shorten(map(repr, others))}",
        )
    if {gene, value} & set(about):
        raise BadMapping(
            f"the layout of {path.name} names a column as gene or value and under `about`",
            "a column means one thing: name it once",
        )
    if frame[gene].isna().any():
        row = int(frame[gene].isna().to_numpy().argmax()) + 1
        raise BadValues(f"row {row} of {path.name} has no gene", f"fill or drop column '{gene}'")


def _refuse_twice(
    frame: pd.DataFrame, rows: np.ndarray, columns: np.ndarray, names: list[str], path: Path
) -> None:
    import pandas as pd

    pairs = rows.astype(np.int64) * (int(columns.max(initial=0)) + 1) + columns
    twice = pd.Series(pairs).duplicated().to_numpy()
    if twice.any():
        at = int(twice.argmax())
        before = int((pairs == pairs[at]).argmax())
        pair = ", ".join(f"{name} {frame[name].iloc[at]}" for name in names)
        raise BadValues(
            f"{int(twice.sum())} pairs of {path.name} are listed more than once, first {pair} "
            f"(rows {before + 1} and {at + 1})",
            "name under `about` the column that tells them apart, or keep one of each",
        )


def _check_memory(n_obs: int, n_genes: int, path: Path) -> None:
    import psutil

    needed, free = 4.0 * n_obs * n_genes, float(psutil.virtual_memory().available)
    if needed > SHARE_OF_MEMORY * free:
        raise BadValues(
            f"{path.name} spreads to {n_obs} observations of {n_genes} genes, "
            f"{needed / 1e9:.1f} GB of {free / 1e9:.1f} GB that are free",
            "name fewer columns under `about`, cut the table to the part you need, or write it as "
            "a sparse h5ad file",
        )


def _names(obs: pd.DataFrame) -> list[str]:
    """Name observations by what describes them; distinct rows that read alike are numbered."""
    names = ["|".join(map(str, row)) for row in obs.itertuples(index=False)]
    seen: dict[str, int] = {}
    for i, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[i] = f"{name}#{seen[name]}"
    return names
