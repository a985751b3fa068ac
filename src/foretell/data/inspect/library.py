"""Library: the column that holds the size of each library, checked against the row sums."""

from __future__ import annotations

import numpy as np

from foretell.data.inspect.column import Column
from foretell.data.inspect.guess import LIKELY, SURE, Guess
from foretell.data.inspect.look import Look
from foretell.data.inspect.opened import X
from foretell.data.inspect.words import LIBRARY

__all__ = ["guess_library"]


def guess_library(look: Look) -> Guess:
    """Take a column only where it says more than the sum of the row."""
    if look.value("scale") != "counts":
        return Guess("library_size", None, SURE, ("only counts need it",))
    sample = look.sample(look.value("layer", X))
    alternatives = []
    best: tuple[float, Column] | None = None
    for column in look.columns:
        if not LIBRARY.fullmatch(column.plain) or not column.is_number:
            continue
        sizes = np.asarray(column.series.to_numpy(dtype=float))
        if not np.isfinite(sizes).all() or (sizes <= 0).any():
            alternatives.append(f"'{column.name}' has values that are not above 0")
            continue
        ratio = sizes[sample.rows] / np.maximum(sample.row_sums, 1.0)
        if (ratio < 0.999).mean() > 0.01:
            alternatives.append(f"'{column.name}' is smaller than the row sums: no library size")
        elif np.median(ratio) < 1.001:
            alternatives.append(f"'{column.name}' is the row sum: not needed")
        elif best is None or np.median(ratio) > best[0]:
            best = (float(np.median(ratio)), column)
    if best is None:
        return Guess("library_size", None, SURE, ("the row sum is used",), tuple(alternatives))
    ratio_, column = best
    evidence = (
        f"'{column.name}' is {ratio_:.3g} times the row sum (median): the size of the full "
        "library, of which the file holds a part of the genes"
    )
    return Guess("library_size", column.name, LIKELY, (evidence,), tuple(alternatives))
