"""The way of the bench on simulated screens: data set, splits, judge, scores by condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from foretell.bench.groups import Rules
from foretell.bench.judge import judge_repeat
from foretell.core.dataset import Dataset
from foretell.core.halves import ControlHalves
from foretell.core.mapping import ColumnMapping
from foretell.core.prediction import Prediction
from foretell.core.registry import find
from foretell.core.split import Split
from foretell.data.simulate import Screen, simulate

if TYPE_CHECKING:
    from anndata import AnnData

MAPPING = ColumnMapping(context=("cell_type",), blocks=("batch",), scale="log1p")


def simulated(screen: Screen) -> AnnData:
    """Simulate a screen and return log1p of counts per 10,000, dense."""
    adata = simulate(screen).adata
    counts = adata.X.toarray().astype(np.float64)
    adata.X = np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True))
    return adata


def dataset_of(adata: AnnData, name: str) -> Dataset:
    """Wrap it as the bench reads it."""
    return Dataset.from_anndata(adata, MAPPING, name=name)


def with_shared_controls(split: Split) -> Split:
    """Return the split in which truth and model subtract the same controls, all of them."""
    halves = []
    for h in split.halves:
        every = np.union1d(h.model, h.truth)
        halves.append(ControlHalves(h.context, every, every, shared=True))
    return replace(split, halves=tuple(halves))


def scores_by_condition(
    data: Dataset,
    splits: Sequence[Split],
    answers: Mapping[str, Sequence[Prediction]],
    metrics: Sequence[str],
    halves: int,
) -> dict[str, dict[str, np.ndarray]]:
    """Judge one repeat; label -> metric -> (n,) values, in the order of the conditions' names."""
    records = [find("metrics")[name] for name in metrics]
    judged = judge_repeat(data, splits, (), answers, records, Rules(halves=halves))
    found: dict[str, dict[str, np.ndarray]] = {}
    for label, rows in judged.items():
        ordered = sorted(rows, key=lambda row: row["condition"])
        found[label] = {
            m: np.array([row["value"] for row in ordered if row["metric"] == m]) for m in metrics
        }
    return found
