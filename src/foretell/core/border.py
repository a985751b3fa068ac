"""Border: what a file must satisfy before it becomes a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.checks import check_block, check_scale
from foretell.core.context import Condition
from foretell.core.errors import (
    BadMapping,
    BadValues,
    EmptySplit,
    NoControl,
    TooFewCells,
    UnknownName,
    UnreadableFile,
    did_you_mean,
    shorten,
)
from foretell.core.mapping import ColumnMapping
from foretell.core.matrix import Matrix
from foretell.core.scale import Scale
from foretell.core.stored import lies_on_disk

if TYPE_CHECKING:
    from anndata import AnnData

    from foretell.core.dataset import Dataset

__all__ = ["check_dataset", "check_values", "drop_small", "matrix_of"]


def check_dataset(dataset: Dataset) -> None:
    """Check values against the scale, library sizes, and that every context has controls."""
    if not len(dataset.rows) or not len(dataset.file_genes):
        raise EmptySplit(
            f"'{dataset.name}' has {len(dataset.rows)} labelled observations of "
            f"{len(dataset.file_genes)} genes",
            "check the file and the mapping",
        )
    sample = _sample_rows(dataset)
    for X, where in dataset.matrix.blocks(sample):
        _check_block(dataset, X, sample[where])  # first: a negative value is no fraction
        check_scale(X, Scale(dataset.mapping.scale))
    if not dataset.matrix.on_disk:
        for X, where in dataset.matrix.blocks(dataset.rows):
            check_values(dataset, X, where)
    _check_library_sizes(dataset)
    treated = {c.context for c in dataset.present if not c.is_control}
    missing = treated - {c.context for c in dataset.present if c.is_control}
    if missing and not dataset.scale.is_relative:
        raise NoControl(
            f"no control observations in context {shorten(sorted(map(str, missing)))}",
            "remove a column from `context`, drop these cells, or add their controls",
        )


def check_values(dataset: Dataset, X: Any, where: slice) -> None:
    """Refuse impossible values, naming the first observation and gene that has one."""
    _check_block(dataset, X, dataset.rows[where])


def _check_block(dataset: Dataset, X: Any, rows: np.ndarray) -> None:
    if hasattr(X, "indptr") and X.indices.size:
        lowest, highest = int(X.indices.min()), int(X.indices.max())
        if lowest < 0 or highest >= X.shape[1]:  # compiled code would write wherever it points
            raise UnreadableFile(
                f"a stored value of '{dataset.name}' stands in column "
                f"{lowest if lowest < 0 else highest}, and there are {X.shape[1]} genes",
                "the file is damaged: compare size and checksum with the source, fetch it again",
            )
    found = check_block(X, Scale(dataset.mapping.scale))
    if found is not None:
        row, column, problem, way_out = found
        name = dataset.obs.index[rows[row]]
        raise BadValues(
            f"{problem} (first in observation '{name}', gene '{dataset.file_genes[column]}')",
            way_out,
        )


def _check_library_sizes(dataset: Dataset) -> None:
    sizes = dataset.library_sizes()
    if sizes is not None and not bool((np.isfinite(sizes) & (sizes > 0)).all()):
        bad = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))
        name = dataset.obs.index[dataset.rows[bad[0]]]
        raise BadValues(
            f"{len(bad)} library sizes in column '{dataset.mapping.library_size}' are not above 0 "
            f"(first in observation '{name}')",
            "correct the column, or leave `library_size` out to use the sum of each row",
        )


def _sample_rows(dataset: Dataset) -> np.ndarray:
    """Rows for the check of scale: three runs of 200, spread over the file."""
    n = len(dataset.rows)
    starts = (0, max(0, n // 2 - 100), max(0, n - 200))
    runs = [np.arange(start, min(start + 200, n)) for start in starts]
    sample: np.ndarray = dataset.rows[np.unique(np.concatenate(runs))]
    return sample


def matrix_of(adata: AnnData, mapping: ColumnMapping) -> Matrix:
    """Return the matrix or a layer, in memory or on disk; what was not listed is NaN or 0."""
    X = _stored(adata, mapping.layer)
    on_disk = lies_on_disk(X)
    if on_disk and getattr(X, "format", "csr") != "csr":
        raise UnreadableFile(
            "the matrix is stored by genes (CSC), and observations are read in blocks",
            "read it into memory, or write it with adata.X = adata.X.tocsr()",
        )
    if mapping.censored is None:
        return Matrix(X, on_disk)
    if on_disk:
        raise BadMapping(
            f'censored = "{mapping.censored}" changes what is read, and the matrix stays on disk',
            "read it into memory (on_disk = false)",
        )
    return Matrix(_with_unlisted(X, adata, mapping))


def _stored(adata: AnnData, layer: str | None) -> Any:
    layers = sorted(adata.layers)
    if layer is not None and layer not in layers:
        hint = did_you_mean(layer, layers) if layers else "the file has none"
        raise UnknownName(f"there is no layer '{layer}'", f"{hint}; without `layer`, X is read")
    try:
        X = adata.X if layer is None else adata.layers[layer]
    except KeyError:  # a file that stays on disk
        X = None
    if X is None:
        way_out = "write values into X"
        if adata.raw is not None:
            way_out = "its values stand under raw: adata.raw.to_adata().write_h5ad(...)"
        if layers:
            way_out = f"name one of its layers: {shorten(layers)}"
        raise BadValues("the file has no matrix X", way_out)
    return X


def _with_unlisted(X: Any, adata: AnnData, mapping: ColumnMapping) -> Any:
    """Write NaN (unknown) or 0 (small) where a pair is not listed; the file's matrix stays."""
    if mapping.censored == "small":
        return X if hasattr(X, "tocsr") else np.nan_to_num(np.asarray(X), nan=0.0)
    values = np.array(_dense(X), dtype=np.float32)
    if mapping.listed is not None:
        values[_dense(_stored(adata, mapping.listed)) == 0] = np.nan
    return values


def _dense(X: Any) -> np.ndarray:
    return np.asarray(X.toarray() if hasattr(X, "tocsr") else X)


def drop_small(
    codes: np.ndarray, conditions: tuple[Condition, ...], mapping: ColumnMapping
) -> tuple[np.ndarray, dict[str, int]]:
    """Drop conditions below `min_cells`; refuse single cells that nobody asked to drop."""
    if not conditions:
        return codes, {}
    n = np.bincount(codes[codes >= 0], minlength=len(conditions))
    perturbed = np.array([not c.is_control for c in conditions], dtype=bool)
    small = perturbed & (n > 0) & (n < mapping.min_cells)
    single = (n == 1) & ~small
    if mapping.observation == "cells" and single.any():
        names = [str(conditions[i]) for i in np.flatnonzero(single)]
        only_controls = not perturbed[single].any()
        raise TooFewCells(
            f"{len(names)} conditions have a single cell: {shorten(names, 5)}",
            "merge contexts, or drop those without enough controls from the file"
            if only_controls
            else 'drop them with min_cells = 2 (or more), or declare observation = "samples"',
        )
    kept = np.where((codes >= 0) & small[np.maximum(codes, 0)], -1, codes)
    return kept, {f"in conditions below {mapping.min_cells} cells": int((kept != codes).sum())}
