"""Tabular: from a table and its layout to observations by genes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from foretell.core.layout import TableLayout
from foretell.data.readers.long import from_long
from foretell.data.readers.table import read_frame
from foretell.data.readers.transposed import from_transposed
from foretell.data.readers.wide import from_wide, guess_wide

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["read_table"]


def read_table(path: Path, form: str, layout: TableLayout | None) -> AnnData:
    """Read a parquet or text table as its layout says; without one, only a clear wide table.

    Errors: `UnreadableFile` for a broken table, `BadMapping` and `UnknownName` for a layout that
    does not fit it, `BadValues` for values that are no numbers.
    """
    frame = read_frame(path, form)
    if layout is None:
        return guess_wide(frame, path)
    if layout.is_long:
        return from_long(frame, layout, path)
    return (from_transposed if layout.transposed else from_wide)(frame, layout, path)
