"""Negative binomial: DESeq2 on pseudobulk samples."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.analysis.differential.results import NO_CONTROLS, Results
from foretell.core.dataset import Dataset
from foretell.core.errors import BadMapping
from foretell.data.filters.evidence import Groups
from foretell.data.pseudobulk import pseudobulk

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["negative_binomial"]

LEAST = 2  # replicates a side, below which no dispersion can be estimated
LFC = "log2 fold change of DESeq2: maximum likelihood, negative binomial with a log link"


def negative_binomial(dataset: Dataset, groups: Groups, by: str | tuple[str, ...] = ()) -> Results:
    """Sum the counts of every condition and replicate, and compare samples by DESeq2's Wald test.

    Right where cells of one donor, well or batch are not independent: the replicate is the unit.
    Every condition is fitted with the controls of its context alone, ``~ condition``, so that one
    condition cannot change the dispersions of another. Wrong with few replicates that are
    themselves parts of one (guides in one well), which differ too little.

    Parameters
    ----------
    dataset : counts, in memory or on disk.
    groups : of `dataset`.
    by : columns that are the replicates; by default the blocks of the mapping.

    Returns
    -------
    Results
        With DESeq2's fold changes, and samples as `n`. Genes without counts, and those that DESeq2
        sets aside as outliers, are NaN. A condition with fewer than two replicates a side is not
        tested, and says so.

    Errors
    ------
    `BadMapping` where the values are no counts, no replicate is named, no condition has two of
    them, or pydeseq2 is not installed.

    Notes
    -----
    Cost: one pass over the data, then some seconds per condition. Source: love2014,
    muzellec2023.
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    columns = columns or tuple(dataset.mapping.blocks)
    _check(dataset, columns)
    samples = pseudobulk(dataset, by=columns)
    place = {c: i for i, c in enumerate(samples.conditions)}
    counts = _integers(samples.values())
    n_conditions, g = len(groups.conditions), len(dataset.genes)
    results = Results.empty(n_conditions, g, "negative binomial Wald (DESeq2)")
    lfc, n, m, reasons = np.full((n_conditions, g), np.nan), [], [], []
    for k, condition in enumerate(groups.conditions):
        treated = np.flatnonzero(samples.codes == place.get(condition, -1))
        controls = [
            place[c] for c in samples.conditions if c.is_control and c.context == condition.context
        ]
        control = np.flatnonzero(np.isin(samples.codes, controls))
        n.append(len(treated))
        m.append(len(control))
        few = f"{len(treated)} replicates and {len(control)} of the controls; {LEAST} are needed"
        reasons.append(NO_CONTROLS if not m[-1] else few if min(n[-1], m[-1]) < LEAST else "")
        if not reasons[-1]:
            results.statistic[k], results.p[k], lfc[k] = _wald(counts[treated], counts[control])
    if n_conditions and all(reasons):
        raise BadMapping(
            f"no condition can be tested by replicates: {reasons[0]}",
            "name columns of donors, wells or batches with `by` or as blocks, or take a test "
            "between cells",
        )
    results.lfc, results.lfc_definition = lfc, LFC
    results.n, results.control_n, results.reasons = np.array(n), np.array(m), tuple(reasons)
    return results


def _check(dataset: Dataset, columns: tuple[str, ...]) -> None:
    from importlib.util import find_spec

    if not dataset.scale.is_counts:
        raise BadMapping(
            f"a negative binomial test needs counts, not values on the scale '{dataset.scale}'",
            "name the layer that holds counts, or take another test",
        )
    if not columns:
        raise BadMapping(
            "a negative binomial test needs replicates, and no column names them",
            'name donors, wells or batches: by = "donor", or blocks in the mapping',
        )
    if find_spec("pydeseq2") is None:
        raise BadMapping(
            "the negative binomial test is DESeq2's, and pydeseq2 is not installed",
            "pip install foretell[de]",
        )


def _integers(X: Any) -> np.ndarray:
    counts = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    return np.asarray(np.rint(counts), dtype=np.int64)


def _wald(treated: np.ndarray, control: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(g,) statistics, p-values and fold changes of one condition."""
    counts = np.vstack([treated, control])
    statistic, p, lfc = np.full((3, counts.shape[1]), np.nan)
    seen = np.flatnonzero(counts.sum(axis=0) > 0)
    if len(seen):
        table = _deseq2(counts[:, seen], len(treated))
        statistic[seen] = table["stat"].to_numpy(float)
        p[seen] = table["pvalue"].to_numpy(float)
        lfc[seen] = table["log2FoldChange"].to_numpy(float)
    return statistic, p, lfc


def _deseq2(counts: np.ndarray, n_treated: int) -> pd.DataFrame:
    import pandas as pd
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

    names = [f"s{i}" for i in range(len(counts))]
    group = ["treated"] * n_treated + ["control"] * (len(counts) - n_treated)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its advice on defaults is not for our users
        fit = DeseqDataSet(
            counts=pd.DataFrame(counts, index=names),
            metadata=pd.DataFrame({"condition": group}, index=names),
            design="~condition",
            quiet=True,
        )
        fit.deseq2()
        contrast = ["condition", "treated", "control"]
        found = DeseqStats(fit, contrast=contrast, independent_filter=False, quiet=True)
        found.summary()
    table: pd.DataFrame = found.results_df
    return table
