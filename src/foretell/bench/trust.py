"""Trust: which metric can be believed on which data set, before any model is looked at.

A metric is worth reading where a repeat of the experiment clearly beats the floor, where it does so
condition by condition, where counting cells does not come close, and where the conditions are
enough to see differences of a size that matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.bench.by_condition import Record, Scores, scores_of
from foretell.bench.clusters import MIN_CLUSTERS
from foretell.bench.references import COUNTS, INTERPOLATED
from foretell.core.evaluation import Evaluation
from foretell.core.seeds import rng_for
from foretell.stats.comparison.clusters import cluster_interval, cluster_weights
from foretell.stats.comparison.inversion import flip_ratio_interval, flips_of
from foretell.stats.comparison.power import smallest_difference
from foretell.stats.comparison.ranges import (
    bound_discrimination,
    dynamic_range_fraction,
    dynamic_range_median,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "is_informative", "trust", "verdict"]

COLUMNS = (
    *("dataset", "split", "metric", "verdict", "is_informative", "chance", "floor", "ceiling"),
    *("interpolated", "drf", "drf_low", "drf_high", "drf_median", "bds", "bds_low", "bds_high"),
    *("n_without_ceiling", "counts_only", "counts_only_low", "counts_only_high"),
    *("smallest_difference", "smallest_calibrated", "power", "n_pairs"),
    *("n_conditions", "n_clusters", "n_na", "reason"),
)
LEVEL, POWER = 0.95, 0.8
MOST_BY_COUNTS = 0.5  # beyond which cell counts alone do half of what a repeat can
MOST_CONDITIONS = 0.75  # share of conditions in which a repeat should win
ORDER = ("trust", "with care", "do not trust", "cannot tell")


def trust(
    evaluation: Evaluation, metrics: Iterable[Record], *, draws: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Return one row per data set, split and metric, the most trustworthy metrics first.

    Columns: means of floor, ceiling and interpolated duplicate; DRF, the part of the way from floor
    to perfection that the ceiling covers, and BDS, the share of conditions in which it beats the
    floor, with 95 % intervals over clusters of conditions (`drf_median` is scPertEval's variant);
    whether the metric is informative: the interval of (ceiling - floor), at a level corrected for
    the number of metrics, lies on the good side of 0; the calibrated score of counting cells;
    `smallest_difference`, the difference between two models that these conditions show with a
    power of 80 %, from the median over pairs of the study's models, and the same as a part of
    (ceiling - floor); a verdict in words.

    Parameters
    ----------
    evaluation : of a study, with the rows of its references.
    metrics : records of the metrics, as `Metric` or as ``study.json`` lists them; those without a
        direction are left out.
    draws : bootstrap replicates.
    seed : axis of every draw.

    Notes
    -----
    Cost: O(draws x clusters x metrics).
    """
    import pandas as pd

    records = list(metrics)
    tables = list(scores_of(evaluation, records))
    rows = [_row(table, draws, seed, len(records)) for table in tables]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    places = list(zip(frame["dataset"], frame["split"], strict=True))
    order = {place: i for i, place in enumerate(dict.fromkeys(places))}
    worth = [ORDER.index(text.partition(":")[0]) for text in frame["verdict"]]
    frame = frame.assign(_place=[order[place] for place in places], _worth=worth)
    frame = frame.sort_values(
        ["_place", "_worth", "drf", "metric"], ascending=[True, True, False, True], kind="stable"
    )
    return frame.drop(columns=["_place", "_worth"]).reset_index(drop=True)


def is_informative(
    floor: np.ndarray,
    ceiling: np.ndarray,
    higher_is_better: bool,
    cluster: np.ndarray,
    weights: np.ndarray,
    n_metrics: int,
) -> bool:
    """Tell whether the ceiling is better than the floor beyond doubt.

    The whole interval of mean(ceiling - floor), at 1 - 0.05 / n_metrics, lies on the good side of
    0. False with fewer than eight clusters that have both.
    """
    gap = ceiling - floor
    if len(np.unique(cluster[~np.isnan(gap)])) < MIN_CLUSTERS:
        return False
    span = cluster_interval(gap, cluster, weights, 1 - (1 - LEVEL) / n_metrics)
    return bool(span.lower > 0 if higher_is_better else span.upper < 0)


def _row(table: Scores, draws: int, seed: int, n_metrics: int) -> dict[str, Any]:
    known = ~np.isnan(table.values).all(axis=1)
    k = len(np.unique(table.cluster[known]))
    row = table.place | {
        "chance": "none" if table.metric.chance is None else str(table.metric.chance),
        "floor": _mean(table.floor),
        "ceiling": _mean(table.ceiling),
        "interpolated": _mean(table.of(INTERPOLATED)),
        "is_informative": False,
        "power": POWER,
        "n_conditions": int(known.sum()),
        "n_clusters": k,
        "n_na": table.n_na,
        "reason": table.reason,
    }
    if k >= MIN_CLUSTERS:
        row |= _ranges(table, draws, seed, n_metrics) | _power(table)
    return row | {"verdict": verdict(row, table.metric.is_calibrated)}


def _ranges(table: Scores, draws: int, seed: int, n_metrics: int) -> dict[str, Any]:
    """Return how much room there is between floor and ceiling, and what counting cells makes."""
    higher, best = bool(table.metric.higher_is_better), table.metric.best
    both = ~np.isnan(table.floor + table.ceiling)
    floor, ceiling = table.floor[both], table.ceiling[both]
    codes = np.unique(table.cluster[both], return_inverse=True)[1]
    if not both.any() or codes.max() + 1 < MIN_CLUSTERS:
        return {}
    axis, name = f"{table.dataset} {table.split}", table.metric.name  # as the leaderboard draws
    rng = rng_for(bootstrap=axis, metric=name, seed=seed)
    weights = cluster_weights(int(codes.max()) + 1, draws, rng)
    drf = dynamic_range_fraction(floor, ceiling, best, codes, weights)
    bds = bound_discrimination(floor, ceiling, higher, codes, weights)
    gain = table.of(COUNTS)[both] - floor
    signs = flips_of(len(weights[0]), draws, rng_for(flips=axis, metric=name, seed=seed))
    counts = flip_ratio_interval(gain, ceiling - floor, codes, signs)
    return {
        "is_informative": is_informative(floor, ceiling, higher, codes, weights, n_metrics),
        "drf": drf.ratio,
        "drf_low": drf.lower,
        "drf_high": drf.upper,
        "drf_median": dynamic_range_median(floor, ceiling, best),
        "bds": float(bds.share.mean),
        "bds_low": float(bds.share.lower),
        "bds_high": float(bds.share.upper),
        "n_without_ceiling": int((~np.isnan(table.floor) & np.isnan(table.ceiling)).sum()),
        "counts_only": counts.ratio,
        "counts_only_low": counts.lower,
        "counts_only_high": counts.upper,
    }


def _power(table: Scores) -> dict[str, Any]:
    """Return the difference that is seen with 80 % power, for the median pair of models."""
    x = table.values[:, : len(table.models)]
    pairs = np.array(list(combinations(range(x.shape[1]), 2)), dtype=np.int64).reshape(-1, 2)
    apart = x[:, pairs[:, 0]] - x[:, pairs[:, 1]]
    known = (~np.isnan(apart)).sum(axis=0) >= MIN_CLUSTERS
    apart = apart[:, known & (np.nan_to_num(np.abs(apart)) > 0).any(axis=0)]  # twins have no spread
    if not apart.shape[1]:
        return {"n_pairs": 0}
    smallest = float(np.nanmedian(smallest_difference(apart, table.codes, LEVEL, POWER)))
    room = abs(_mean(table.ceiling - table.floor))
    return {
        "smallest_difference": smallest,
        "smallest_calibrated": smallest / room if room > 0 else np.nan,
        "n_pairs": apart.shape[1],
    }


def verdict(row: Mapping[str, Any], is_calibrated: bool = True) -> str:
    """Say in words what a row of the table means: a judgement, then the reason.

    >>> verdict({"n_clusters": 3})
    'cannot tell: 3 independent units, at least 8 are needed'
    """
    k = int(row.get("n_clusters", 0))
    if k < MIN_CLUSTERS:
        if not k and row.get("reason"):
            return f"cannot tell: not available here, {row['reason']}"
        return f"cannot tell: {k} independent units, at least {MIN_CLUSTERS} are needed"
    if np.isnan(row.get("drf", np.nan)):
        return "cannot tell: without replicates there is no ceiling"
    if not row["is_informative"]:
        return "do not trust: a repeat of the experiment is not clearly better than the floor"
    if not is_calibrated:
        return "do not trust: it is high for any answer"
    doubts = _doubts(row)
    if doubts:
        return f"with care: {'; '.join(doubts)}"
    return f"trust: a repeat wins in {row['bds']:.0%} of the conditions" + _seen(row)


def _doubts(row: Mapping[str, Any]) -> list[str]:
    found = []
    if row["bds"] < MOST_CONDITIONS:
        found.append(f"a repeat beats the floor in {row['bds']:.0%} of the conditions only")
    if row["counts_only"] >= MOST_BY_COUNTS:
        found.append(f"counting cells alone makes {row['counts_only']:.0%} of the way to it")
    smallest = row.get("smallest_calibrated", np.nan)
    if smallest > 1:
        found.append("two models must differ by more than floor and ceiling do to be told apart")
    if row.get("n_without_ceiling", 0) > row["n_conditions"] / 2:
        found.append(f"{row['n_without_ceiling']} conditions have no ceiling")
    return found


def _seen(row: Mapping[str, Any]) -> str:
    smallest = row.get("smallest_difference", np.nan)
    if np.isnan(smallest):
        return ""
    return f"; with {row['n_conditions']} conditions differences below {smallest:.2g} are not seen"


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
