"""Comparisons: which differences between methods the conditions of a study can show.

Everything is computed from the stored evaluation and the records of its metrics, and drawn from
seeds of named axes, so a third party finds the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.bench.by_condition import Record, Scores, directions, scores_of
from foretell.bench.clusters import MIN_CLUSTERS
from foretell.core.evaluation import Evaluation
from foretell.core.seeds import rng_for
from foretell.stats.comparison.clusters import cluster_sums, cluster_weights
from foretell.stats.comparison.inversion import flip_interval
from foretell.stats.comparison.ranks import rank_sets
from foretell.stats.comparison.sign_flips import draw_signs, max_t
from foretell.stats.comparison.wins import share_interval, wins

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparisons", "compare"]

PAIRS = (
    *("dataset", "split", "metric", "model", "other", "difference", "low", "high", "p"),
    *("p_adjusted", "better", "win_rate", "n_conditions", "n_clusters", "status", "reason"),
)
MODELS = (
    *("dataset", "split", "metric", "model", "value", "rank_low", "rank_high", "tie_group"),
    *("n_conditions", "n_clusters", "status", "reason"),
)
FLOORS = (
    *("dataset", "split", "metric", "model", "floor", "win_rate", "low", "high"),
    *("n_conditions", "n_clusters", "status", "reason"),
)
PRIMARY = "primary floor"
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Comparisons:
    """What a study says about differences between its models.

    Parameters
    ----------
    pairs : one row per data set, split, metric and pair of models: paired mean difference (model
        minus other), p-value of the sign-flip test, interval of the differences that the test does
        not refute, p-value adjusted for all metrics and data sets of the study, which one is
        better beyond doubt, win rate.
    models : one row per data set, split, metric and model: places that it may hold, tie group.
    floors : one row per data set, split, metric, model and floor: share of conditions in which
        the model beats the floor, with interval.
    """

    pairs: pd.DataFrame
    models: pd.DataFrame
    floors: pd.DataFrame


def compare(
    evaluation: Evaluation,
    metrics: Iterable[Record],
    *,
    draws: int = 2000,
    seed: int = 0,
    level: float = LEVEL,
    floors: Sequence[str] = (),
) -> Comparisons:
    """Compare all models of a study, pair by pair.

    Seeds and folds are averaged within a condition first; conditions of one cluster are resampled
    and flipped together. With fewer than eight clusters that both models have, nothing is claimed:
    the rows say n/a. Descriptions, which have no better and worse, are left out.

    Parameters
    ----------
    evaluation : of a whole study: the family that p-values are adjusted for is all that it holds.
    metrics : records of the metrics, as `Metric` or as ``study.json`` lists them.
    draws : bootstrap replicates, and flips.
    seed : axis of every draw.
    level : of intervals, of places together, and of ``better`` (at `p_adjusted` <= 1 - level).
    floors : labels of models to count wins against, besides the primary floor.

    Notes
    -----
    Cost: O(draws x clusters x metrics x pairs). The family of an adjusted p-value is one pair of
    models in all metrics, splits and data sets; places are simultaneous over all pairs of models
    in one metric, split and data set. Differences are those of the models as they were trained.
    """
    import pandas as pd

    records = list(metrics)
    higher = {name: d.higher_is_better for name, d in directions(records).items()}
    tables = list(scores_of(evaluation, records))
    flips = {name: _Flips(name, tables, draws, seed) for name in {t.dataset for t in tables}}
    weights = _Weights(draws, seed)
    pairs = {_key(row): row for t in tables for row in _pairs(t, flips[t.dataset], level)}
    for model, other in sorted({key[3:] for key in pairs}):
        for place, p, adjusted in _family(flips, model, other):
            row = pairs[(*place, model, other)]
            row |= {"p": p, "p_adjusted": adjusted}
            if adjusted <= 1 - level:
                ahead = (row["difference"] > 0) == bool(higher[row["metric"]])
                row["better"] = model if ahead else other
    found = [row for t in tables for row in _places(t, flips[t.dataset], level)]
    beaten = [row for t in tables for row in _beaten(t, weights, level, floors)]
    return Comparisons(
        pd.DataFrame(pairs.values(), columns=list(PAIRS)),
        pd.DataFrame(found, columns=list(MODELS)),
        pd.DataFrame(beaten, columns=list(FLOORS)),
    )


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in PAIRS[:5])


class _Flips:
    """Sign flips of one data set, by the names of its clusters: the same for all pairs."""

    def __init__(self, dataset: str, tables: list[Scores], draws: int, seed: int) -> None:
        self.tables = [t for t in tables if t.dataset == dataset]
        self.names = np.unique(np.concatenate([t.cluster for t in self.tables]))
        rng = rng_for(flips=dataset, seed=seed)
        self.signs = draw_signs(len(self.names), draws, rng)

    def codes(self, table: Scores) -> np.ndarray:
        """(n_conditions,) positions among the clusters of the whole data set."""
        return np.searchsorted(self.names, table.cluster)

    def block(self, model: str, other: str) -> tuple[np.ndarray, np.ndarray]:
        """Return differences (conditions of all tables, tables), and the conditions' clusters."""
        n = np.cumsum([0, *(len(t.values) for t in self.tables)])
        apart = np.full((n[-1], len(self.tables)), np.nan)
        for j, table in enumerate(self.tables):
            apart[n[j] : n[j + 1], j] = _apart(table.of(model), table.of(other))
        return apart, np.concatenate([self.codes(t) for t in self.tables])


class _Weights:
    """Bootstrap weights of one data set and split, the same for all metrics and models."""

    def __init__(self, draws: int, seed: int) -> None:
        self.draws, self.seed = draws, seed
        self.known: dict[tuple[str, str, int], np.ndarray] = {}

    def of(self, table: Scores) -> np.ndarray:
        key = table.dataset, table.split, len(np.unique(table.cluster))
        if key not in self.known:
            rng = rng_for(bootstrap=table.dataset, split=table.split, seed=self.seed)
            self.known[key] = cluster_weights(key[2], self.draws, rng)
        return self.known[key]


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Subtract; what is equal to rounding is equal."""
    apart = a - b
    return np.where(np.abs(apart) <= 1e-12 * np.maximum(np.abs(a), np.abs(b)), 0.0, apart)


def _family(
    flips: Mapping[str, _Flips], model: str, other: str
) -> Iterator[tuple[tuple[str, str, str], float, float]]:
    """Yield (dataset, split, metric), p and adjusted p of one pair wherever both have scores."""
    names = [
        n for n in sorted(flips) if any({model, other} <= set(t.labels) for t in flips[n].tables)
    ]
    found = max_t(
        [flips[name].block(model, other) for name in names],
        [flips[name].signs for name in names],
        fewest=MIN_CLUSTERS,
    )
    for name, p, adjusted in zip(names, found.p, found.adjusted, strict=True):
        for table, one, family in zip(flips[name].tables, p, adjusted, strict=True):
            if {model, other} <= set(table.labels):
                yield (table.dataset, table.split, table.metric.name), one, family


def _pairs(table: Scores, flips: _Flips, level: float) -> Iterator[dict[str, Any]]:
    """Yield mean differences, intervals and win rates of all pairs of models."""
    index = list(combinations(range(len(table.models)), 2))
    if not index:
        return
    at, codes = np.array(index), flips.codes(table)
    x = table.values[:, : len(table.models)]
    apart = _apart(x[:, at[:, 0]], x[:, at[:, 1]])
    found, sums = flip_interval(apart, codes, flips.signs, level), cluster_sums(apart, codes)
    won = wins(x[:, at[:, 0]], x[:, at[:, 1]], bool(table.metric.higher_is_better))
    share = cluster_sums(won, codes).mean
    for j, (a, b) in enumerate(index):
        enough = sums.n_clusters[j] >= MIN_CLUSTERS
        yield (
            table.place
            | {
                "model": table.models[a],
                "other": table.models[b],
                "difference": float(found.mean[j]),
                "low": float(found.lower[j]) if enough else np.nan,
                "high": float(found.upper[j]) if enough else np.nan,
                "p": np.nan,
                "p_adjusted": np.nan,
                "better": "",
                "win_rate": float(share[j]),
            }
            | _counted(int(sums.n[j]), int(sums.n_clusters[j]))
        )


def _places(table: Scores, flips: _Flips, level: float) -> Iterator[dict[str, Any]]:
    """Yield the places and the tie group of every model."""
    x, higher = table.values[:, : len(table.models)], bool(table.metric.higher_is_better)
    sums = cluster_sums(x, table.codes)
    codes = flips.codes(table)
    sets = rank_sets(x, higher, codes, flips.signs, level, MIN_CLUSTERS) if x.size else None
    for j, model in enumerate(table.models):
        row = table.place | {"model": model, "value": float(sums.mean[j])}
        row |= _counted(int(sums.n[j]), int(sums.n_clusters[j]))
        row |= {"rank_low": np.nan, "rank_high": np.nan, "tie_group": np.nan}
        if sets is not None and sums.n_clusters[j] >= MIN_CLUSTERS:
            row |= {"rank_low": sets.lower[j], "rank_high": sets.upper[j]}
            row["tie_group"] = float(sets.group[j])
        yield row


def _beaten(
    table: Scores, weights: _Weights, level: float, floors: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the share of conditions in which each model beats each floor."""
    known = {PRIMARY: table.floor} | {f: table.of(f) for f in floors if f in table.models}
    higher, codes, w = bool(table.metric.higher_is_better), table.codes, weights.of(table)
    for model in table.models:
        for floor, values in known.items():
            if floor == model:
                continue
            won = wins(table.of(model), values, higher)
            k = len(np.unique(codes[~np.isnan(won)]))
            found = share_interval(won, codes, w, level)
            enough = k >= MIN_CLUSTERS
            yield (
                table.place
                | {
                    "model": model,
                    "floor": floor,
                    "win_rate": float(found.mean),
                    "low": float(found.lower) if enough else np.nan,
                    "high": float(found.upper) if enough else np.nan,
                }
                | _counted(int(found.n), k)
            )


def _counted(n: int, k: int) -> dict[str, Any]:
    counts = {"n_conditions": n, "n_clusters": k, "status": "ok", "reason": ""}
    if k >= MIN_CLUSTERS:
        return counts
    what = "nothing in common" if not k else f"fewer than {MIN_CLUSTERS} independent units ({k})"
    return counts | {"status": "n/a", "reason": what}
