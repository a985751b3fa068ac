"""Depth: cells with too few counts or genes, or too large a share of some genes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, UnknownName, did_you_mean
from foretell.core.filter import Filter
from foretell.core.matrix import BLOCK_BYTES

__all__ = ["MITOCHONDRIAL", "MaxShare", "MinCounts", "MinGenes", "column_numbers", "depth_of"]

MITOCHONDRIAL = "^MT-"


def depth_of(dataset: Dataset, pattern: str | None = None) -> dict[str, np.ndarray]:
    """Count each observation before the steps: one pass over the stored values.

    Returns
    -------
    ``total`` sum, ``n_genes`` values above 0, and with a pattern ``share`` of the sum that stands
    in genes whose name it matches (letter case does not matter; 0 for an empty row).
    """
    n = dataset.n_obs
    total, n_genes, part = np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros(n)
    chosen = None if pattern is None else _matching(dataset, pattern)
    for X, where in dataset.stored_blocks(BLOCK_BYTES):
        total[where] = _sums(X)
        n_genes[where] = _sums(X > 0)
        if chosen is not None:
            part[where] = _sums(X[:, chosen])
    found = {"total": total, "n_genes": n_genes}
    if chosen is not None:
        found["share"] = np.divide(part, total, out=np.zeros(n), where=total > 0)
    return found


def _sums(X: Any) -> np.ndarray:
    return np.asarray(X.sum(axis=1), dtype=float).ravel()


def _matching(dataset: Dataset, pattern: str) -> np.ndarray:
    try:
        wanted = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise BadValues(
            f"'{pattern}' is no pattern ({error})", "write a regular expression, such as ^MT-"
        ) from error
    return np.flatnonzero([bool(wanted.search(str(gene))) for gene in dataset.file_genes])


def column_numbers(dataset: Dataset, column: str) -> np.ndarray:
    """(n_obs,) numbers of a column of ``obs``.

    Errors: `UnknownName` for a column that is not there, `BadValues` for values that are no number.
    """
    import pandas as pd

    if column not in dataset.obs.columns:
        raise UnknownName(
            f"there is no column '{column}' in obs", did_you_mean(column, dataset.obs.columns)
        )
    values = dataset.obs[column].iloc[dataset.rows].astype(object)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        at = np.flatnonzero(~np.isfinite(numbers))
        raise BadValues(
            f"{len(at)} values in column '{column}' are not numbers (first in observation "
            f"'{values.index[at[0]]}')",
            "correct the column, or drop these observations",
        )
    return numbers


def _check_counts(dataset: Dataset, what: str) -> None:
    if dataset.mapping.scale != "counts":
        raise BadMapping(
            f"{what} needs counts, not {dataset.mapping.scale}",
            'name a column that has the numbers: column = "..."',
        )


@dataclass(frozen=True)
class MinCounts(Filter):
    """Drop cells with fewer counts, controls included.

    Parameters
    ----------
    n : fewest counts of a cell, at least 1.
    column : with the number of counts; by default the declared library size, else the row sum.
    """

    n: float = 500
    column: str | None = None

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for cells that are deep enough."""
        sizes = dataset.library_sizes()
        if self.column is not None:
            sizes = column_numbers(dataset, self.column)
        elif sizes is None:
            _check_counts(dataset, "min_counts")
            sizes = depth_of(dataset)["total"]
        kept: np.ndarray = sizes >= self.n
        return kept

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return f"below {self.n:g} counts"


@dataclass(frozen=True)
class MinGenes(Filter):
    """Drop cells with fewer genes above 0, controls included.

    Parameters
    ----------
    n : fewest genes of a cell, at least 1.
    column : with the number of genes; by default they are counted.
    """

    n: int = 200
    column: str | None = None

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for cells with enough genes."""
        if self.column is not None:
            n_genes = column_numbers(dataset, self.column)
        elif dataset.scale.is_relative or dataset.scale.family == "intensity":
            raise BadMapping(
                f"genes above 0 are not counted on the scale '{dataset.mapping.scale}'",
                'name a column that has the numbers: column = "..."',
            )
        else:
            n_genes = depth_of(dataset)["n_genes"]
        kept: np.ndarray = n_genes >= self.n
        return kept

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return f"below {self.n:g} genes"


@dataclass(frozen=True)
class MaxShare(Filter):
    """Drop cells with too large a share of some genes, controls included.

    Parameters
    ----------
    share : largest share, in [0, 1].
    genes : regular expression for the genes' names; mitochondrial ones by default.
    column : with the shares, used instead of `genes`; in [0, 1] as well.
    """

    share: float = 0.2
    genes: str = MITOCHONDRIAL
    column: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise BadValues(
                f"`share` is {self.share!r}", "give a part of 1, such as 0.2 for 20 percent"
            )

    def keep(self, dataset: Dataset) -> np.ndarray:
        """(n_obs,) True for cells whose share is small enough."""
        if self.column is None:
            _check_counts(dataset, "max_share")
            if not len(_matching(dataset, self.genes)):
                raise UnknownName(
                    f"no gene matches '{self.genes}'",
                    "give another pattern, or a column that has the share",
                )
            shares = depth_of(dataset, self.genes)["share"]
        else:
            shares = column_numbers(dataset, self.column)
            if shares.max(initial=0.0) > 1:
                raise BadValues(
                    f"column '{self.column}' holds values up to {shares.max():g}, so no shares",
                    "divide percentages by 100 first",
                )
        kept: np.ndarray = shares <= self.share
        return kept

    @property
    def reason(self) -> str:
        """Why observations are dropped."""
        return f"{self.column or self.genes} above a share of {self.share:g}"
