"""Gate 14: the interval of a calibrated score covers 0 for a floor's equal, 1 for a duplicate.

Screens are simulated with three equal parts of cells per condition. Two go to the bench, which
halves them: its ceiling is one half. The third is an independent duplicate, handed in as the
answer of a model: its calibrated score is 1 in expectation. The floor is the training mean of a
random half of the training conditions, and the training mean of the other half is a model that
equals the floor in expectation, but not in value: its calibrated score is 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_path import dataset_of, scores_by_condition, simulated

from foretell.core.prediction import Prediction
from foretell.core.split import Split
from foretell.data.simulate import Screen
from foretell.splits.make import make
from foretell.stats.comparison.clusters import (
    cluster_interval,
    cluster_ratio_interval,
    cluster_weights,
)
from foretell.stats.comparison.inversion import flip_ratio_interval, flips_of

if TYPE_CHECKING:
    from anndata import AnnData

NAME = "14 calibrated score"
TARGET = "95 % intervals cover 0 for the floor's equal and 1 for a duplicate in 93-97 % of screens"
METRICS = ("pearson_delta", "pearson_delta_perturbed", "mse", "pds_cosine")
CEILING = "technical duplicate"
DRAWS, HALVES = 2000, 10
# what is counted, whose answer, over which floor, and the calibrated score that is true of it
CASES = (
    ("covers", "equal", "floor", 0),
    ("covers", "duplicate", "floor", 1),
    ("expanded", "equal", "floor", 0),
    ("expanded", "duplicate", "floor", 1),
    ("percentile", "equal", "floor", 0),
    ("percentile", "duplicate", "floor", 1),
    ("refitted", "refitted", "fitted floor", 0),
)


@dataclass(frozen=True)
class Setting:
    """Sizes of the simulated screens."""

    conditions: int
    cells: int

    def screen(self, seed: int) -> Screen:
        """One screen; three equal parts of `cells` / 2 per condition, on average."""
        return Screen(
            n_perturbations=self.conditions,
            n_combinations=0,
            n_genes=120,
            n_regulators=30,
            n_contexts=1,
            cells_per_condition=1.5 * self.cells,
            controls_per_context=6 * self.cells,
            seed=seed,
        )


SETTINGS = (Setting(40, 100), Setting(16, 100))


def study(quick: bool = False) -> list[dict[str, Any]]:
    """Coverage per setting and metric, over 500 screens (60 where quick)."""
    rows = []
    for setting in SETTINGS[: 1 if quick else None]:
        found = [one_screen(setting, seed) for seed in range(60 if quick else 500)]
        for metric in METRICS:
            rows.append(
                {"conditions": setting.conditions, "cells": setting.cells} | _cover(found, metric)
            )
    return rows


def passed(rows: list[dict[str, Any]]) -> bool:
    """Tell whether every coverage lies within the target."""
    return all(93.0 <= row[key] <= 97.0 for row in rows for key in ("covers_0", "covers_1"))


def one_screen(setting: Setting, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Scores of floors, their equals, duplicate and ceiling; label -> metric -> (n,)."""
    rng = np.random.default_rng([14, setting.conditions, seed])
    adata = simulated(setting.screen(seed))
    kept, third = thirds(adata.obs, rng)
    data = dataset_of(adata[kept].copy(), f"screen {seed}")
    splits = make(data, "unseen_perturbation", folds=5, seed=seed)
    answers: dict[str, list[Prediction]] = {}
    for split in splits:
        query, train = split.query(data), split.train_part(data).profiles()
        once = np.tile(_halves_of(train.S, rng), (len(query), 1, 1))
        anew = np.array([_halves_of(train.S, rng) for _ in query.rows])
        for label, shift in (
            ("floor", anew[:, 0]),
            ("equal", anew[:, 1]),
            ("fitted floor", once[:, 0]),
            ("refitted", once[:, 1]),
        ):
            answers.setdefault(label, []).append(query.answer(shift=shift))
        like = answers["floor"][-1]
        answers.setdefault("duplicate", []).append(_measured(adata[third], like, split))
    return scores_by_condition(data, splits, answers, METRICS, HALVES)


def thirds(obs: Any, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells of the bench, and every third cell of each condition and batch.

    The bench stratifies its halves by batch, so a duplicate at matched depth has their batches.
    """
    order = rng.permutation(len(obs))
    group = obs.groupby(["perturbation", "batch"], observed=True).ngroup().to_numpy()
    rank = np.empty(len(obs), dtype=np.int64)
    start = 0
    for code in np.unique(group):
        rows = order[group[order] == code]
        rank[rows] = start + np.arange(len(rows))  # odd ones out alternate between batches
        start += len(rows)
    is_third = (rank % 3 == 0) & (obs["perturbation"] != "control").to_numpy()
    return np.flatnonzero(~is_third), np.flatnonzero(is_third)


def _halves_of(S: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(2, g) training means of two random halves of the training conditions."""
    order = rng.permutation(len(S))
    middle = len(order) // 2
    return np.array([S[order[:middle]].mean(axis=0), S[order[middle : 2 * middle]].mean(axis=0)])


def _measured(again: AnnData, like: Prediction, split: Split) -> Prediction:
    """Return the means of the third part as if a model had predicted them."""
    labels = again.obs["perturbation"].to_numpy().astype(str)
    names = [str(condition.perturbation) for condition in split.test]
    return replace(like, mean=np.array([again.X[labels == name].mean(axis=0) for name in names]))


def _cover(found: list[dict[str, dict[str, np.ndarray]]], metric: str) -> dict[str, Any]:
    """Shares of screens, in percent."""
    counts = dict.fromkeys((*(f"{kind}_{truth}" for kind, *_, truth in CASES), "informative"), 0)
    for seed, scores in enumerate(found):
        ceiling = scores[CEILING][metric]
        cluster, rng = np.arange(len(ceiling)), np.random.default_rng([1, seed])
        weights = cluster_weights(len(ceiling), DRAWS, rng)
        span = ceiling - scores["floor"][metric]
        informative = cluster_interval(span, cluster, weights)
        counts["informative"] += not informative.covers(0.0)
        signs = flips_of(len(ceiling), DRAWS, rng)
        for kind, label, floor, truth in CASES:
            start = scores[floor][metric]
            gain, room = scores[label][metric] - start, ceiling - start
            if kind in ("expanded", "percentile"):
                expand = kind == "expanded"
                r = cluster_ratio_interval(gain, room, cluster, weights, expand=expand)
            else:
                r = flip_ratio_interval(gain, room, cluster, signs)
            counts[f"{kind}_{truth}"] += r.lower <= truth <= r.upper
    return {"metric": metric} | {k: round(100 * v / len(found), 1) for k, v in counts.items()}
