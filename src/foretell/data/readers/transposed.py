"""Transposed tables: one row per gene, one column per observation, described by a second table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.errors import BadMapping
from foretell.core.layout import TableLayout
from foretell.data.readers.columns import is_number, numbers

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["from_transposed"]


def from_transposed(frame: pd.DataFrame, layout: TableLayout, path: Path) -> AnnData:
    """Turn the table; columns of text beside the first describe genes."""
    import pandas as pd
    from anndata import AnnData

    del layout  # its table of observations is joined later, as to any other form
    naming, *others = frame.columns
    texts = [c for c in others if not is_number(frame[c])]
    columns = [c for c in others if c not in texts]
    if not columns:
        raise BadMapping(
            f"no column of {path.name} but the first holds numbers",
            "transposed means that rows are genes and columns are observations",
        )
    index = pd.Index(frame[naming].astype(str), dtype=object, name=None)
    return AnnData(
        np.ascontiguousarray(numbers(frame, columns, path).T),
        obs=pd.DataFrame(index=pd.Index(columns, dtype=object)),
        var=frame[texts].set_axis(index, axis=0),
    )
