"""Describe: add what the second table of a layout says about observations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foretell.core.checks import check_unique
from foretell.core.errors import BadMapping, UnknownName, did_you_mean
from foretell.core.layout import TableLayout
from foretell.data.find import find_file, is_store
from foretell.data.readers.columns import check_columns, join_targets
from foretell.data.readers.form import form_of
from foretell.data.readers.table import read_frame

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["beside", "describe"]


def describe(adata: AnnData, layout: TableLayout | None, path: Path) -> AnnData:
    """Add the columns of the table `obs` by names of observations, then join targets.

    Observations that the table does not list get missing values; what it lists beyond them is
    left out.
    """
    if layout is None:
        return adata
    obs = adata.obs
    if layout.obs is not None:
        obs = _with_table(adata, beside(layout.obs, path), path)
        if layout.transposed:
            check_columns(obs, layout.about, path)
    check_columns(obs, layout.perturbation, path)
    adata.obs = join_targets(obs, layout.perturbation, path.name)
    return adata


def beside(file: str, path: Path) -> Path:
    """Find a file that is named in a layout: beside the data, or as any other data file."""
    near = path.parent / file
    return near if near.is_file() or is_store(near) else find_file(file)


def _with_table(adata: AnnData, table: Path, path: Path) -> pd.DataFrame:
    form = form_of(table)
    if form not in ("parquet", "text"):
        raise BadMapping(f"{table} describes observations, but is no table", "give parquet or csv")
    check_unique(adata.obs_names, "observations")
    frame = read_frame(table, form)
    naming = frame.columns[0]
    names = frame[naming].astype(str)
    if not names.is_unique:
        raise BadMapping(
            f"'{names[names.duplicated()].iloc[0]}' stands twice in the first column of "
            f"{table.name}",
            "the first column names observations, each once",
        )
    if not names.isin(adata.obs_names).any():
        raise UnknownName(
            f"no observation of {path.name} is described in {table.name}: one is called "
            f"'{adata.obs_names[0]}' here and '{names.iloc[0]}' there",
            did_you_mean(adata.obs_names[0], names.head(1000))
            + " (the first column of the table names observations)",
        )
    columns = frame.drop(columns=naming).set_axis(names, axis=0).reindex(adata.obs_names)
    columns.index.name = None
    return adata.obs.drop(columns=columns.columns, errors="ignore").join(columns)
