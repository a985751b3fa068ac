"""Leaderboard: from scores per condition to a table with intervals, floors, ceilings and ties."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.bench.clusters import MIN_CLUSTERS
from foretell.bench.comparisons import Comparisons, compare
from foretell.bench.plan import Block, Plan
from foretell.bench.references import CEILING, COUNTS, INTERPOLATED
from foretell.core.evaluation import Evaluation
from foretell.core.metric import Metric
from foretell.core.registry import find
from foretell.core.seeds import rng_for
from foretell.stats.comparison.clusters import cluster_interval, cluster_weights
from foretell.stats.comparison.inversion import flip_ratio_interval, flips_of
from foretell.stats.resampling import BootstrapInterval, RatioInterval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "leaderboard"]

COLUMNS = (
    "dataset",
    "split",
    "metric",
    "model",
    "value",
    "low",
    "high",
    "floor",
    "ceiling",
    "ceiling_low",
    "ceiling_high",
    "calibrated",
    "calibrated_low",
    "calibrated_high",
    "is_informative",
    "skill",
    "n_conditions",
    "n_predictions",
    "n_na",
    "n_fallback",
    "n_abstained",
    "n_failed",
    "n_shared_control",
    "shared",
    "inflation",
    "rank",
    "rank_low",
    "rank_high",
    "tie_group",
    "wall_s",
    "cpu_s",
    "peak_mb",
    "status",
    "reason",
)
Places = dict[tuple[str, str, str, str], dict[Any, Any]]

LEVEL = 0.95
MIN_CONDITIONS = 8  # fewer are cases: values, without intervals and without a ranking


def leaderboard(
    plan: Plan, evaluation: Evaluation, runs: pd.DataFrame, compared: Comparisons | None = None
) -> pd.DataFrame:
    """Return one row per data set, split, metric and model, best first.

    Seeds and folds are averaged within a condition, then conditions are resampled: a condition is
    the unit, a (condition, seed) never is. Calibrated scores are ratios of means over conditions,
    not clipped. Values that are not available are left out and counted.
    """
    import pandas as pd

    if compared is None:
        records = [find("metrics")[name] for name in plan.study.metrics]
        compared = compare(evaluation, records, draws=plan.study.draws, seed=plan.study.seed)
    places = {
        (row["dataset"], row["split"], row["metric"], row["model"]): row
        for row in compared.models.to_dict("records")
    }
    rows: list[dict[str, Any]] = []
    for block in plan.blocks:
        here = evaluation.frame
        here = here[(here["dataset"] == block.dataset.name) & (here["split"] == block.name)]
        here = here[~here["model"].isin([INTERPOLATED, COUNTS])]  # they stand in the trust table
        for name in plan.study.metrics:
            metric = find("metrics")[name]
            part = here[here["metric"] == name]
            if len(part):
                rows += _rank(list(_metric_rows(part, metric, block, plan)), metric, places)
            rows += list(_undeclared(block, name, plan))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return _with_costs(frame, runs)


def _metric_rows(
    part: pd.DataFrame, metric: Metric, block: Block, plan: Plan
) -> Iterator[dict[str, Any]]:
    draw = _Draws(plan, metric, f"{block.dataset.name} {block.name}")
    for label, rows in part.groupby("model", sort=False):
        grouped = rows.groupby("condition", sort=True)
        by_condition = grouped[["value", "floor", "ceiling"]].mean().dropna(subset=["value"])
        cluster = _codes(grouped["cluster"].first().reindex(by_condition.index))
        status = rows.drop_duplicates(["repeat", "fold", "condition"])["status"]
        counts = status.value_counts()
        yield {
            "dataset": block.dataset.name,
            "split": block.name,
            "metric": metric.name,
            "model": label,
            "n_conditions": len(by_condition),
            "n_predictions": len(status),
            "n_na": rows.loc[rows["value"].isna(), "condition"].nunique(),
            "n_fallback": int(counts.get("fallback", 0)),
            "n_abstained": int(counts.get("abstained", 0)),
            "n_failed": int(counts.get("failed", 0)),
            "n_shared_control": int(rows.loc[rows["shared_control"], "condition"].nunique()),
            "shared": _mean(rows["shared"]),
            "inflation": _mean(rows["inflation"]),
            "status": "n/a" if by_condition.empty else _status(counts),
            "reason": _reason(rows),
        } | _summary(by_condition.to_numpy(float), cluster, metric, draw)


def _codes(names: pd.Series) -> np.ndarray:
    """Return the cluster of each condition; one without a name stands alone."""
    known = names.where(names != "", names.index)
    codes: np.ndarray = np.unique(known.to_numpy(str), return_inverse=True)[1]
    return codes


def _mean(values: pd.Series) -> float:
    known = values.dropna()
    return float(known.mean()) if len(known) else np.nan


def _status(counts: pd.Series) -> str:
    return "failed" if counts.get("failed", 0) else "ok"


def _reason(rows: pd.DataFrame) -> str:
    """Return the most frequent reason for what is not available or not supported."""
    reasons = rows.loc[rows["reason"] != "", "reason"]
    return str(reasons.mode().iloc[0]) if len(reasons) else ""


class _Draws:
    """Bootstrap weights of one metric on one data set, the same for all models.

    Conditions of one perturbation, in several contexts or doses, are drawn together.
    """

    def __init__(self, plan: Plan, metric: Metric, axis: str) -> None:
        self.n = plan.study.draws
        self.doubt = (1 - LEVEL) / len(plan.study.metrics)  # one verdict per metric
        self.rng = partial(rng_for, bootstrap=axis, metric=metric.name, seed=plan.study.seed)
        self.known: dict[int, np.ndarray] = {}
        self.signs: dict[int, np.ndarray] = {}

    def interval(self, values: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
        """Return the ends of the interval of a mean."""
        found = cluster_interval(values, cluster, self._weights(cluster), LEVEL)
        return float(found.lower), float(found.upper)

    def span(self, values: np.ndarray, cluster: np.ndarray) -> BootstrapInterval:
        """Return the interval of (ceiling - floor), corrected for the number of metrics."""
        return cluster_interval(values, cluster, self._weights(cluster), 1 - self.doubt)

    def ratio(
        self, numerator: np.ndarray, denominator: np.ndarray, cluster: np.ndarray
    ) -> RatioInterval:
        """Return the ratio of two means over the same conditions; bootstrap misses rare ones."""
        k = int(cluster.max()) + 1
        if k not in self.signs:
            self.signs[k] = flips_of(k, self.n, self.rng(what="flips"))
        return flip_ratio_interval(numerator, denominator, cluster, self.signs[k], LEVEL)

    def _weights(self, cluster: np.ndarray) -> np.ndarray:
        k = int(cluster.max()) + 1
        if k not in self.known:
            self.known[k] = cluster_weights(k, self.n, self.rng())
        return self.known[k]


def _summary(
    values: np.ndarray, cluster: np.ndarray, metric: Metric, draw: _Draws
) -> dict[str, Any]:
    """Means, intervals and calibrated score of (n_conditions, 3) value, floor, ceiling."""
    if not len(values):
        return {}
    score, floor, ceiling = values.T
    paired = np.isfinite(floor) & np.isfinite(ceiling)
    found: dict[str, Any] = {
        "value": score.mean(),
        "floor": floor.mean(),
        "skill": 1 - score.mean() / floor.mean() if metric.higher_is_better is False else np.nan,
        "ceiling": ceiling[paired].mean() if paired.any() else np.nan,
        "is_informative": False,
    }
    if len(values) < MIN_CONDITIONS or len(np.unique(cluster)) < MIN_CLUSTERS:
        return found
    found["low"], found["high"] = draw.interval(score, cluster)
    if paired.sum() < MIN_CONDITIONS or metric.higher_is_better is None:
        return found
    own = np.unique(cluster[paired], return_inverse=True)[1]
    found["ceiling_low"], found["ceiling_high"] = draw.interval(ceiling[paired], own)
    ratio = draw.ratio((score - floor)[paired], (ceiling - floor)[paired], own)
    span = draw.span((ceiling - floor)[paired], own)  # the ceiling must be better, beyond doubt
    informative = span.lower > 0 if metric.higher_is_better else span.upper < 0
    return found | {
        "calibrated": ratio.ratio + 0.0,  # -0.0 reads as a difference
        "calibrated_low": ratio.lower,
        "calibrated_high": ratio.upper,
        "is_informative": bool(informative),
    }


def _rank(rows: list[dict[str, Any]], metric: Metric, places: Places) -> list[dict[str, Any]]:
    """Sort the models, best first, and group those that cannot be told apart; ceiling on top.

    Where the conditions are few, or the ceiling is not better than the floor, an order would say
    what the data cannot: models are listed by name, without a rank. So they are by a description,
    which has no better and worse.
    """
    models = [row for row in rows if row["model"] != CEILING and "value" in row]
    others = [row for row in rows if row not in models]
    if metric.higher_is_better is None or not _can_rank(rows):
        return [*others, *sorted(models, key=lambda row: row["model"])]
    sign = -1.0 if metric.higher_is_better else 1.0
    models.sort(key=lambda row: (sign * row["value"], row["model"]))
    for i, row in enumerate(models):
        row["rank"] = i + 1
        found = places[row["dataset"], row["split"], row["metric"], row["model"]]
        row |= {name: found[name] for name in ("rank_low", "rank_high", "tie_group")}
    return [*others, *models]


def _can_rank(rows: list[dict[str, Any]]) -> bool:
    """Tell whether there are conditions enough, and a ceiling, if any, beyond the floor."""
    if max((row["n_conditions"] for row in rows), default=0) < MIN_CONDITIONS:
        return False
    ceiling = next((row for row in rows if row["model"] == CEILING and "value" in row), None)
    if ceiling is None or not np.isfinite(ceiling["ceiling"]):
        return True
    return bool(ceiling["is_informative"])


def _undeclared(block: Block, metric: str, plan: Plan) -> Iterator[dict[str, Any]]:
    for spec in plan.undeclared(block):
        yield {
            "dataset": block.dataset.name,
            "split": block.name,
            "metric": metric,
            "model": spec.label,
            "status": "not applicable",
            "reason": f"{spec.model.info.name} does not declare {block.split.task.name}",
        }


def _with_costs(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Join the median time and the peak memory of a fit, and the reason of failures."""
    keys = ["dataset", "split", "model"]
    if runs.empty:
        return frame
    grouped = runs.groupby(keys)
    costs = grouped.agg(wall_s=("wall_s", "median"), cpu_s=("cpu_s", "median"))
    costs["peak_mb"] = grouped["peak_mb"].max()
    failed = runs[runs["status"] == "failed"].groupby(keys)["reason"].first().rename("why")
    costs = costs.join(failed)
    frame = frame.drop(columns=["wall_s", "cpu_s", "peak_mb"])
    frame = frame.merge(costs.reset_index(), on=keys, how="left")
    frame["reason"] = frame["why"].where(frame["why"].notna(), frame["reason"])
    return frame[list(COLUMNS)]
