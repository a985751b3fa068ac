"""Pseudobulk: cells that belong together become one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping, BadValues, UnknownName, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["N_CELLS", "pseudobulk"]

N_CELLS = "n_cells"
PART_BYTES = 2**28  # sums of groups that are kept at once; more groups take more passes
EXACT = 2**24  # float32 counts without loss
NOT_AVERAGED = ("rank", "sign")


def pseudobulk(
    dataset: Dataset,
    by: str | Sequence[str] = (),
    how: Literal["sum", "mean"] | None = None,
) -> Dataset:
    """Join the cells of every condition (and of every value of `by`) into one sample.

    Counts are summed and stay counts, so that depth is kept and tests for counts apply;
    normalised, log, intensity and relative values are averaged and keep their scale. Counts are
    never averaged, and logarithms never summed: both would give numbers on no scale that has a
    name. Good where cells of one animal or plate are not independent: then samples, not cells,
    are the replicates. It cannot show what differs between cells of one sample.

    Parameters
    ----------
    dataset : read as its steps show it, in blocks, in memory or on disk.
    by : columns of `obs` that divide a condition further (donor, batch, guide). They become the
        blocks of the result.
    how : ``sum`` (counts) or ``mean`` (other scales); by default what suits the scale.

    Returns
    -------
    Dataset
        Of samples, called ``<name>-pseudobulk``, in memory; ``obs`` has the columns that the
        mapping names, `by`, and ``n_cells``. Rows follow the order of conditions, then of `by`.
        Values that no cell of a sample measured stay NaN.

    Errors
    ------
    `UnknownName` for a column that does not exist; `BadMapping` for a way of joining that the
    scale does not allow; `BadValues` for empty values in `by`.

    Notes
    -----
    Cost: one pass over the data per 256 MB of sums.
    """
    by = (by,) if isinstance(by, str) else tuple(by)
    way = _way(dataset, how)
    codes, first = _groups(dataset, by)
    n = np.bincount(codes, minlength=len(first))
    obs = _table(dataset, first, by)
    obs[N_CELLS] = n
    return _wrap(dataset, obs, _joined(dataset, codes, len(first), way), by)


def _way(dataset: Dataset, how: str | None) -> str:
    scale = dataset.scale
    if scale.family in NOT_AVERAGED:
        raise BadMapping(
            f"values on the scale '{scale}' can be neither summed nor averaged",
            "use the samples as they are",
        )
    natural = "sum" if scale.is_counts else "mean"
    if how not in (None, "sum", "mean"):
        raise BadMapping(f"unknown way to join cells '{how}'", did_you_mean(how, ("sum", "mean")))
    if how == "mean" and scale.is_counts:
        raise BadMapping(
            "counts are summed, not averaged: their mean is neither counts nor normalised",
            'use how = "sum", or normalise first: dataset.with_steps([Normalize()])',
        )
    if how == "sum" and not scale.is_counts:
        raise BadMapping(
            f"values on the scale '{scale}' are averaged, not summed",
            'use how = "mean", or sum the raw counts',
        )
    return natural


def _groups(dataset: Dataset, by: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(n_obs,) group of each observation, and the first observation of each group."""
    import pandas as pd

    columns: dict[str, Any] = {"_condition": dataset.codes}
    for column in by:
        if column not in dataset.obs.columns:
            raise UnknownName(
                f"there is no column '{column}' in obs", did_you_mean(column, dataset.obs.columns)
            )
        values = dataset.obs[column].iloc[dataset.rows]
        if values.isna().any():
            raise BadValues(
                f"{int(values.isna().sum())} empty values in column '{column}' (first in "
                f"observation '{values.index[values.isna()][0]}')",
                "fill them, or drop these observations with a filter",
            )
        columns[column] = values.astype(str).to_numpy()
    keys = list(columns)
    codes = pd.DataFrame(columns).groupby(keys, sort=True).ngroup().to_numpy()
    return codes, np.unique(codes, return_index=True)[1]


def _table(dataset: Dataset, first: np.ndarray, by: tuple[str, ...]) -> pd.DataFrame:
    """Return what the mapping names, from the first cell of every sample: its cells agree on it."""
    named = [c for c in dataset.mapping.columns() if c in dataset.obs.columns]
    rows = dataset.rows[first]
    left_out = {dataset.mapping.library_size, *dataset.mapping.blocks} - set(by)
    kept = list(dict.fromkeys([*(c for c in named if c not in left_out), *by]))
    obs = dataset.obs.iloc[rows][kept].copy()
    obs.index = [f"sample_{i}" for i in range(len(rows))]
    return obs


def _joined(dataset: Dataset, codes: np.ndarray, n_groups: int, how: str) -> Any:
    """Return sums or means of groups, in as many passes as memory asks for."""
    import scipy.sparse as sp

    step = max(1, PART_BYTES // (8 * max(len(dataset.genes), 1)))
    parts: list[Any] = []
    for start in range(0, n_groups, step):
        k = min(step, n_groups - start)
        here = np.where((codes >= start) & (codes < start + k), codes - start, -1)
        moments = dataset.moments(here, k, squares=False)
        if how == "mean":
            parts.append(np.array(moments.mean))
            continue
        sums = moments.sums
        dtype = np.float32 if sums.max(initial=0.0) < EXACT else np.float64
        parts.append(sp.csr_matrix(sums.astype(dtype)))
    return sp.vstack(parts, format="csr") if how == "sum" else np.vstack(parts)


def _wrap(dataset: Dataset, obs: pd.DataFrame, X: Any, by: tuple[str, ...]) -> Dataset:
    from anndata import AnnData
    from pandas import DataFrame

    adata = AnnData(X, obs=obs, var=DataFrame(index=dataset.genes))
    mapping = replace(
        dataset.mapping,
        blocks=by,
        scale=str(dataset.scale),
        observation="samples",
        library_size=None,
        layer=None,
        listed=None,
        gene_names=None,
        min_cells=0,
        keep=(),
    )
    made = Dataset.from_anndata(
        adata,
        mapping,
        name=f"{dataset.name}-pseudobulk",
        components=dataset.components,
        species=dataset.species,
        provenance=dataset.provenance,
        subset_of=dataset.subset_of,
    )
    return replace(
        made,
        dropped=dict(dataset.dropped),
        merged_labels=dataset.merged_labels,
        filters=dataset.filters,
    )
