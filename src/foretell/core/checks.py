"""Checks of values against the declared scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foretell.core.errors import BadValues, shorten
from foretell.core.scale import Scale

__all__ = ["check_block", "check_scale", "check_unique"]

LARGEST_LOG = 25.0  # log1p of 7e10: no count comes near


def stored_values(X: Any) -> np.ndarray:
    """Return the stored values of a block: all of a dense one, the explicit ones of a sparse."""
    return X.data if hasattr(X, "indptr") else np.asarray(X)


def check_block(X: Any, scale: Scale) -> tuple[int, int, str, str] | None:
    """Look for negative and non-finite values of an absolute scale, infinite of a relative one.

    Returns
    -------
    None where all is well, else (row, column) of the first bad value, the problem, the way out.
    """
    values = stored_values(X)
    if values.size == 0:
        return None
    smallest, largest = values.min(), values.max()  # NaN where there is one
    if scale.is_relative:
        if np.isfinite(smallest) and np.isfinite(largest):
            return None
        bad, problem = np.isinf(values), "infinite values on a relative scale"
        return _first(X, bad, problem, "write NaN for 'not measured'") if bad.any() else None
    if not (np.isfinite(smallest) and np.isfinite(largest)):
        bad = ~np.isfinite(values)
        problem = f"{int(bad.sum())} values are NaN or infinite on the absolute scale '{scale}'"
        way_out = "drop or impute them; only a relative scale may hold NaN (= not measured)"
        return _first(X, bad, problem, way_out)
    if smallest < 0:
        problem = f"negative values (down to {smallest:g}) on the absolute scale '{scale}'"
        way_out = (
            'a log ratio, z-score or centred matrix is relative: declare scale = "log_ratio" or "z"'
            ", or name the layer with counts"
        )
        return _first(X, values < 0, problem, way_out)
    return None


def _first(X: Any, bad: np.ndarray, problem: str, way_out: str) -> tuple[int, int, str, str]:
    """Say where the first bad value stands; `bad` has the shape of the stored values of CSR X."""
    at = int(np.flatnonzero(bad)[0])
    if hasattr(X, "indptr"):
        row = int(np.searchsorted(X.indptr, at, side="right")) - 1
        return row, int(X.indices[at]), problem, way_out
    return at // bad.shape[1], at % bad.shape[1], problem, way_out


def check_scale(X: Any, scale: Scale) -> None:
    """Compare a sample of rows with the declared scale; never guess in silence."""
    values = stored_values(X).ravel()
    values = values[np.isfinite(values) & (values != 0)]
    if values.size == 0 or scale.is_relative:
        return
    whole = bool(np.all(values == np.rint(values)))
    if scale.is_counts and not whole:
        raise BadValues(
            f"declared as counts, but values such as {shorten(values[values % 1 != 0][:3])} are "
            "not whole numbers",
            'declare scale = "log1p" if they are log-normalised, or name the layer with counts',
        )
    if scale.family == "log1p" and (values.max() > LARGEST_LOG or (whole and values.size >= 20)):
        raise BadValues(
            f"declared as {scale}, but the values look like counts (largest {values.max():g}, "
            f"{'all' if whole else 'not all'} whole numbers)",
            'declare scale = "counts", or name the layer with log values: layer = "..."',
        )


def check_unique(names: Sequence[str], what: str) -> None:
    """Refuse duplicated genes or observations, naming them."""
    array = np.asarray(names, dtype=str)
    distinct, counts = np.unique(array, return_counts=True)
    if len(distinct) != len(array):
        repeated = distinct[counts > 1]
        raise BadValues(
            f"{len(repeated)} duplicated {what}: {shorten(repeated, 5)}",
            f"make the {what} unique (adata.{'var' if what == 'genes' else 'obs'}_names_make_unique"
            "()) or aggregate them",
        )
