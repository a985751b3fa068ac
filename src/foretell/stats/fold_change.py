"""Fold change: how much higher, by each of the definitions that go by this name.

They are different quantities: for a gene that one cell in ten expresses strongly, the ratio of
arithmetic means is far larger than that of geometric ones. So each has a name, and every result
says which it is.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DEFINITIONS",
    "FoldChange",
    "log_difference",
    "ratio_of_geometric_means",
    "ratio_of_means",
]

Floats = NDArray[np.float64]
FoldChange = Literal["log_difference", "ratio_of_means", "ratio_of_geometric_means"]

DEFINITIONS = {
    "log_difference": (
        "difference of the means of log1p values over ln 2: log2 ratio of geometric means of "
        "(x + 1)"
    ),
    "ratio_of_means": "log2 ratio of arithmetic means on the linear scale, each plus a pseudocount",
    "ratio_of_geometric_means": "log2 ratio of expm1 of the means of log1p values, each plus eps",
}


def log_difference(log_mean: ArrayLike, control_log_mean: ArrayLike) -> Floats:
    """Return (mean_a - mean_b) / ln 2, of means of log1p values.

    The log2 ratio of the geometric means of (x + 1). At 0 nothing special happens: it is finite,
    and 0 where both are. It is linear in the values that tests of means compare, so that their
    signs agree; the added 1 draws it to 0 for weakly expressed genes.

    Parameters
    ----------
    log_mean, control_log_mean : means of log1p values; they broadcast.

    >>> float(log_difference(np.log1p(3.0), np.log1p(1.0)))
    1.0
    """
    found: Floats = (np.asarray(log_mean, float) - np.asarray(control_log_mean, float)) / np.log(2)
    return found


def ratio_of_means(mean: ArrayLike, control_mean: ArrayLike, pseudocount: float = 1.0) -> Floats:
    """Return log2((mean_a + c) / (mean_b + c)), of arithmetic means on the linear scale.

    What "twice as much RNA" means, and what bulk data show. A few cells with much dominate. The
    pseudocount c is on the scale of the values (counts per ten thousand: 1 is much, 0.01 little)
    and draws weakly expressed genes to 0. With c = 0 a gene that is absent on one side has -inf or
    inf; on both, 0.

    Parameters
    ----------
    mean, control_mean : means of values that are not logged, >= 0; they broadcast.
    pseudocount : c >= 0.

    >>> float(ratio_of_means(3.0, 1.0)), float(ratio_of_means(0.0, 0.0, 0.0))
    (1.0, 0.0)
    """
    return _ratio(np.asarray(mean, float), np.asarray(control_mean, float), pseudocount)


def ratio_of_geometric_means(
    log_mean: ArrayLike, control_log_mean: ArrayLike, eps: float = 1e-9
) -> Floats:
    """Return log2((expm1(mean_a) + eps) / (expm1(mean_b) + eps)), of means of log1p values.

    As scanpy and pdex have it. With a tiny eps a gene that is absent on one side has some 30
    either way (-inf or inf with eps = 0), however few cells hold it on the other, so it comes
    first in any order by size; on both, 0.

    Parameters
    ----------
    log_mean, control_log_mean : means of log1p values, >= 0; they broadcast.
    eps : >= 0, on the linear scale.

    >>> ratio_of_geometric_means(np.log1p(2.0), np.log1p(1.0)).round(6)
    np.float64(1.0)
    """
    a, b = np.expm1(np.asarray(log_mean, float)), np.expm1(np.asarray(control_log_mean, float))
    return _ratio(a, b, eps)


def _ratio(a: Floats, b: Floats, added: float) -> Floats:
    if added < 0:
        raise ValueError(f"what is added to means is not negative, as {added} is")
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log2(a + added) - np.log2(b + added)
    return np.where((a == 0) & (b == 0), 0.0, found)
