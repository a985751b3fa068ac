"""Load: from a file, or a name found on the data path, to a Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foretell.core.dataset import Dataset
from foretell.core.errors import UnreadableFile
from foretell.core.layout import Joined, TableLayout
from foretell.core.mapping import ColumnMapping
from foretell.data.find import find_file
from foretell.data.readers.screen import read_screen
from foretell.data.sources.catalogue import sources
from foretell.data.sources.open import open_source

__all__ = ["load"]


def load(
    name: str | Path,
    mapping: ColumnMapping | None = None,
    *,
    on_disk: bool = False,
    layout: TableLayout | None = None,
    join: Sequence[Joined] = (),
    **columns: Any,
) -> Dataset:
    """Read a screen as a `Dataset`: h5ad, zarr, counts of Cell Ranger, parquet, csv or tsv.

    Parameters
    ----------
    name : path of a file or store, a stem searched on the path list in the environment
        variable ``FORETELL_DATA``, or the name of a public set (``foretell data sources list``),
        which is fetched and read by its own mapping. The data set is named by the stem.
    mapping : which column is what; or give its fields as keywords.
    on_disk : leave the matrix in an h5ad file or zarr store and read it in blocks; other forms,
        and joined files, are read into memory. A matrix that is stored by genes (CSC) is written
        by observations once, to the cache folder (``FORETELL_CACHE``).
    layout : how the file is laid out, where it is a table.
    join : files whose observations are appended.

    Errors
    ------
    `UnreadableFile` for a file that is missing, truncated or in no form that is read;
    `BadMapping` where a joined file lacks a column that the mapping names; everything that
    `read` and `Dataset.from_anndata` raise.
    """
    if mapping is None and not columns and (source := _source(name)) is not None:
        return source
    mapping = mapping or ColumnMapping.from_dict(columns)
    path = find_file(name)
    return read_screen(path, mapping, on_disk=on_disk, layout=layout, join=join)


def _source(name: str | Path) -> Dataset | None:
    """Open a public set of that name, where no file has it."""
    if not isinstance(name, str) or name not in sources() or _is_found(name):
        return None
    return open_source(name)


def _is_found(name: str) -> bool:
    try:
        find_file(name)
    except UnreadableFile:
        return False
    return True
