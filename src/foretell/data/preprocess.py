"""Preprocess: normalise, log1p and select genes; every step is recorded, fitted on training rows.

A step is a frozen dataclass. Steps that learn return a fitted copy from `fit`; `fit_steps` runs
them in order, each on the training rows as the steps before it left them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, UnknownName, did_you_mean, shorten
from foretell.core.scale import Scale
from foretell.core.steps import Step

__all__ = ["DropGenes", "Log1p", "Normalize", "SelectGenes", "SelectVariable", "fit_steps"]


def fit_steps(steps: Sequence[Step], train: Dataset) -> tuple[Step, ...]:
    """Fit steps in order on training rows; nothing else is ever read."""
    fitted: list[Step] = []
    for step in steps:
        seen = train.with_steps(fitted)
        fitted.append(step if step.is_fitted else step.fit(seen))
    return tuple(fitted)


@dataclass(frozen=True)
class Normalize(Step):
    """Divide each observation by its library size and multiply by a common target.

    Parameters
    ----------
    target_sum : counts per observation afterwards; ``median`` = median library size of training
        rows.

    The library size is the column that the mapping names, otherwise the row's sum. An empty row
    stays empty.
    """

    target_sum: float | Literal["median"] = 10_000.0

    def __post_init__(self) -> None:
        target = self.target_sum
        if target != "median" and not (isinstance(target, (int, float)) and target > 0):
            raise BadValues(
                f"`target_sum` is {target!r}", 'give counts above 0, or "median" of training rows'
            )

    @property
    def is_fitted(self) -> bool:
        """True once the target is a number."""
        return self.target_sum != "median"

    def fit(self, train: Dataset) -> Normalize:
        """Take the median library size of the training rows as target."""
        declared = train.library_sizes()
        sizes = [_row_sums(X) for X, _ in train.blocks()] if declared is None else [declared]
        return Normalize(float(np.median(np.concatenate(sizes))))

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Scale rows; the block itself is not changed."""
        if self.target_sum == "median":
            raise BadValues("Normalize is not fitted", "use fit_steps(steps, train)")
        size = _row_sums(X) if sizes is None else sizes
        factor = np.divide(self.target_sum, size, out=np.zeros(len(size)), where=size > 0)
        return _scale_rows(X, factor)

    def rescale(self, scale: Scale) -> Scale:
        """Turn counts into normalized counts."""
        if not scale.is_counts:
            raise BadMapping(f"Normalize needs counts, not {scale}", "drop the step")
        return Scale("normalized")


@dataclass(frozen=True)
class Log1p(Step):
    """Natural logarithm of 1 + x."""

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Take log1p of stored values; zeros stay zeros."""
        del sizes
        return X.log1p() if hasattr(X, "indptr") else np.log1p(X)

    def rescale(self, scale: Scale) -> Scale:
        """Turn counts, normalized or not, into log1p; an intensity stays an intensity."""
        if scale.family == "intensity":
            return scale
        if scale.family not in ("counts", "normalized"):
            raise BadMapping(
                f"Log1p needs counts, normalized counts or intensities, not {scale}", "drop it"
            )
        return Scale("log1p")


@dataclass(frozen=True)
class SelectGenes(Step):
    """Keep named genes, in the order of the file."""

    genes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "genes", tuple(self.genes))
        if not self.genes:
            raise BadValues("a gene selection is empty", "keep at least one gene")

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Columns are selected by `select`, which the data set calls."""
        del sizes
        return X

    def select(self, genes: np.ndarray) -> np.ndarray:
        """Return positions of the kept genes."""
        _require_genes(self.genes, genes)
        return np.flatnonzero(np.isin(genes, self.genes))


@dataclass(frozen=True)
class DropGenes(Step):
    """Leave out named genes, such as columns that record what was done and not what followed."""

    genes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "genes", tuple(self.genes))

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Columns are selected by `select`, which the data set calls."""
        del sizes
        return X

    def select(self, genes: np.ndarray) -> np.ndarray:
        """Return positions of the genes that stay."""
        _require_genes(self.genes, genes)
        return np.flatnonzero(~np.isin(genes, self.genes))


@dataclass(frozen=True)
class SelectVariable(Step):
    """Keep the genes of largest variance among training rows, and optionally all targets.

    Parameters
    ----------
    n_genes : how many to keep, at least 1.
    keep_targets : keep every measured gene that a training perturbation targets as well.

    The variance is taken on the scale at this step, so select after `Log1p`.
    """

    n_genes: int = 2000
    keep_targets: bool = False

    def __post_init__(self) -> None:
        if type(self.n_genes) is not int or self.n_genes < 1:
            raise BadValues(f"`n_genes` is {self.n_genes!r}", "give a whole number from 1")

    @property
    def is_fitted(self) -> bool:
        """It becomes a `SelectGenes`."""
        return False

    def fit(self, train: Dataset) -> SelectGenes:
        """Rank the genes by variance among the training rows."""
        one_group = np.zeros(train.n_obs, dtype=np.int64)
        variance = np.nan_to_num(train.moments(one_group, 1).variance[0])
        # ties are broken by name, so that the order of genes in the file does not matter
        order = np.lexsort((train.genes, -variance))
        chosen = set(train.genes[order[: self.n_genes]])
        if self.keep_targets:
            chosen |= {t for c in train.perturbed for t in c.perturbation.targets} & set(
                train.genes
            )
        return SelectGenes(tuple(sorted(chosen)))

    def apply(self, X: Any, sizes: np.ndarray | None) -> Any:
        """Refuse to work unfitted."""
        raise BadValues("SelectVariable is not fitted", "use fit_steps(steps, train)")


def _require_genes(wanted: Sequence[str], genes: np.ndarray) -> None:
    missing = sorted(set(wanted) - set(genes))
    if missing:
        hint = did_you_mean(missing[0], genes)
        raise UnknownName(f"genes not in the data: {shorten(missing, 5)}", hint)


def _row_sums(X: Any) -> np.ndarray:
    return np.asarray(X.sum(axis=1), dtype=float).ravel()


def _scale_rows(X: Any, factor: np.ndarray) -> Any:
    if not hasattr(X, "indptr"):
        return X * factor[:, None]
    scaled = X.copy()
    scaled.data = X.data * np.repeat(factor, np.diff(X.indptr)).astype(np.float32)
    return scaled
