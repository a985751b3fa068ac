"""Scores by condition: one number per model and condition, seeds and folds averaged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from foretell.bench.references import REFERENCES
from foretell.core.evaluation import Evaluation
from foretell.core.metric import Metric

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Direction", "Record", "Scores", "directions", "scores_of"]

Record = Metric | Mapping[str, Any]
"""A metric, or what ``study.json`` says of it."""


class Direction(NamedTuple):
    """What comparisons have to know of a metric."""

    name: str
    higher_is_better: bool | None
    best: float
    chance: float | str | None
    is_calibrated: bool


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of all models in one data set, split and metric, seeds and folds averaged.

    Parameters
    ----------
    values : (n_conditions, n_labels), one column per label; NaN = no score.
    labels : models, then references.
    floor, ceiling : (n_conditions,) primary floor and ceiling; NaN = none.
    cluster : (n_conditions,) names of clusters.
    n_na : conditions in which no label has a score.
    reason : the most frequent reason for that.
    """

    dataset: str
    split: str
    metric: Direction
    conditions: np.ndarray
    labels: tuple[str, ...]
    values: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    cluster: np.ndarray
    n_na: int
    reason: str

    @property
    def models(self) -> tuple[str, ...]:
        """Labels that are no references."""
        return tuple(label for label in self.labels if label not in REFERENCES)

    def of(self, label: str) -> np.ndarray:
        """(n_conditions,) scores of one label; NaN where it has none."""
        if label not in self.labels:
            return np.full(len(self.values), np.nan)
        return np.asarray(self.values[:, self.labels.index(label)])

    @property
    def codes(self) -> np.ndarray:
        """(n_conditions,) position of each cluster among those of this table."""
        return np.asarray(np.unique(self.cluster, return_inverse=True)[1])

    @property
    def place(self) -> dict[str, Any]:
        """Columns that say where the scores stand."""
        return {"dataset": self.dataset, "split": self.split, "metric": self.metric.name}


def directions(metrics: Iterable[Record]) -> dict[str, Direction]:
    """Read what comparisons need of the records of metrics."""
    found = {}
    for metric in metrics:
        record = metric if isinstance(metric, Mapping) else vars(metric)
        found[str(record["name"])] = Direction(
            str(record["name"]),
            record["higher_is_better"],
            float(record["best"]),
            record.get("chance"),
            bool(record.get("is_calibrated", True)),
        )
    return found


def scores_of(evaluation: Evaluation, metrics: Iterable[Record]) -> Iterator[Scores]:
    """Yield the scores of every data set, split and metric that has a direction."""
    known = directions(metrics)
    keys = ["dataset", "split", "metric"]
    for (dataset, split, name), part in evaluation.frame.groupby(keys, sort=False):
        direction = known.get(str(name))
        if direction is not None and direction.higher_is_better is not None:
            yield _scores(str(dataset), str(split), direction, part)


def _scores(dataset: str, split: str, metric: Direction, part: pd.DataFrame) -> Scores:
    by = part.groupby(["condition", "model"], sort=True)["value"].mean().unstack("model")
    once = part.drop_duplicates(["repeat", "fold", "condition"]).groupby("condition", sort=True)
    cluster = once["cluster"].first().reindex(by.index)
    cluster = cluster.where(cluster.fillna("") != "", cluster.index)  # unnamed ones stand alone
    nowhere = by.index[by.isna().all(axis=1)]
    missing = part[part["condition"].isin(nowhere) & (part["reason"] != "")]["reason"]
    labels = sorted(map(str, by.columns), key=lambda label: (label in REFERENCES, label))
    return Scores(
        dataset=dataset,
        split=split,
        metric=metric,
        conditions=by.index.to_numpy(str),
        labels=tuple(labels),
        values=by[labels].to_numpy(float),
        floor=once["floor"].mean().reindex(by.index).to_numpy(float),
        ceiling=once["ceiling"].mean().reindex(by.index).to_numpy(float),
        cluster=cluster.to_numpy(str),
        n_na=len(nowhere),
        reason=str(missing.mode().iloc[0]) if len(missing) else "",
    )
