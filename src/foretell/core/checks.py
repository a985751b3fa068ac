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


def check_block(X: Any, scale: Scale) -> None:
    """Refuse negative and non-finite values of an absolute scale, infinite ones of a relative."""
    values = stored_values(X)
    if values.size == 0:
        return
    if scale.is_relative:
        if bool(np.isinf(values).any()):
            raise BadValues("the matrix holds infinite values", "write NaN for 'not measured'")
        return
    smallest, largest = values.min(), values.max()
    if not (np.isfinite(smallest) and np.isfinite(largest)):
        n_bad = int((~np.isfinite(values)).sum())
        raise BadValues(
            f"{n_bad} values are NaN or infinite on the absolute scale '{scale}'",
            "drop or impute them; only a relative scale may hold NaN (= not measured)",
        )
    if smallest < 0:
        raise BadValues(
            f"negative values (down to {smallest:g}) on the absolute scale '{scale}'",
            'a log ratio, z-score or centred matrix is relative: declare scale = "log_ratio" or "z"'
            ", or name the layer with counts",
        )


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
            'declare scale = "counts"',
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
