"""Cells: how many there are, how deep they are, and whether depth differs from the controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.dataset import Dataset
from foretell.data.filters.depth import MITOCHONDRIAL, column_numbers, depth_of
from foretell.stats.dominance import cliffs_delta

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONFOUNDED", "cells", "contexts"]

CONFOUNDED = 0.33  # from here on a difference between two groups is at least of medium size


@dataclass(frozen=True, eq=False)
class _Depth:
    """What is known of every observation; None where the scale does not say."""

    counts: np.ndarray | None
    genes: np.ndarray | None
    mito: np.ndarray | None
    reason: str


def cells(dataset: Dataset, mito: str | None = None) -> pd.DataFrame:
    """Count the cells of every condition, and compare their depth with the controls.

        depth_delta = P(treated deeper) - P(control deeper)      (Cliff's delta, in [-1, 1])

    of the counts per cell against the controls of the same context; `mito_delta` likewise for the
    share of mitochondrial counts. From about 0.33 on depth differs so much that shifts of many
    genes may be depth in disguise, whatever the normalisation. It says how much, not why: a
    perturbation that stops growth changes depth as a part of its effect.

    Parameters
    ----------
    dataset : on any scale. Depth needs counts, or a `library_size` column.
    mito : column of ``obs`` with the share; by default genes whose names begin with ``MT-``.

    Returns
    -------
    One row per condition, controls included: `condition`, `context`, `is_control`, `n`, `share`
    (of the observations of its context), `median_counts`, `median_genes`, `median_mito`,
    `depth_delta`, `mito_delta`, `status` (of the depth), `reason`. What is not defined is NaN.

    Notes
    -----
    Cost: one pass over the data, O(n log n). Source: cliff1993.
    """
    import pandas as pd

    depth = _depth(dataset, mito)
    rows = _rows_by_condition(dataset)
    controls = {c.context: rows[i] for i, c in enumerate(dataset.conditions) if c.is_control}
    n_context: dict[Any, int] = {}
    for i, c in enumerate(dataset.conditions):
        n_context[c.context] = n_context.get(c.context, 0) + len(rows[i])
    records = []
    for i, c in enumerate(dataset.conditions):
        if not len(rows[i]):
            continue
        record = {
            "condition": dataset.label(c),
            "context": str(c.context),
            "is_control": c.is_control,
            "n": len(rows[i]),
            "share": len(rows[i]) / n_context[c.context],
            "median_counts": _median(depth.counts, rows[i]),
            "median_genes": _median(depth.genes, rows[i]),
            "median_mito": _median(depth.mito, rows[i]),
        }
        base = None if c.is_control else controls.get(c.context)
        record["depth_delta"] = _delta(depth.counts, rows[i], base)
        record["mito_delta"] = _delta(depth.mito, rows[i], base)
        record["status"] = "n/a" if depth.reason else "ok"
        records.append(record | {"reason": depth.reason})
    return pd.DataFrame(records, columns=list(COLUMNS))


COLUMNS = (
    "condition",
    "context",
    "is_control",
    "n",
    "share",
    "median_counts",
    "median_genes",
    "median_mito",
    "depth_delta",
    "mito_delta",
    "status",
    "reason",
)


def contexts(dataset: Dataset) -> pd.DataFrame:
    """Count controls, perturbed observations and perturbed conditions of every context.

    Returns
    -------
    One row per context: `context`, `n_control`, `n_perturbed`, `n_conditions`, `smallest` and
    `median` (observations per perturbed condition; NaN where there is none).
    """
    import pandas as pd

    n = dataset.n_by_condition
    records = []
    for context in dataset.contexts:
        here = [k for c, k in n.items() if c.context == context and not c.is_control]
        controls = sum(k for c, k in n.items() if c.context == context and c.is_control)
        records.append(
            {
                "context": str(context),
                "n_control": controls,
                "n_perturbed": sum(here),
                "n_conditions": len(here),
                "smallest": min(here) if here else np.nan,
                "median": float(np.median(here)) if here else np.nan,
            }
        )
    return pd.DataFrame(records)


def _depth(dataset: Dataset, mito: str | None) -> _Depth:
    declared, scale = dataset.library_sizes(), dataset.mapping.scale
    is_counts = scale == "counts"
    found = depth_of(dataset, MITOCHONDRIAL if is_counts else None)
    share = None if mito is None else column_numbers(dataset, mito)
    if share is None and "share" in found and found["share"].any():
        share = found["share"]
    counts = declared if declared is not None else found["total"] if is_counts else None
    zeros_mean_absent = is_counts or scale == "normalized" or scale.startswith("log1p")
    genes = found["n_genes"] if zeros_mean_absent else None
    why = "" if counts is not None else f"counts per cell are not known on the scale '{scale}'"
    return _Depth(counts, genes, share, why)


def _rows_by_condition(dataset: Dataset) -> list[np.ndarray]:
    order = np.argsort(dataset.codes, kind="stable")
    ends = np.searchsorted(dataset.codes[order], np.arange(len(dataset.conditions) + 1))
    return [order[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True)]


def _median(values: np.ndarray | None, rows: np.ndarray) -> float:
    return float("nan") if values is None else float(np.median(values[rows]))


def _delta(values: np.ndarray | None, rows: np.ndarray, base: np.ndarray | None) -> float:
    if values is None or base is None or not len(base):
        return float("nan")
    return cliffs_delta(values[rows], values[base])
