"""Synthetic results: every table of a study, built by hand and small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from foretell.bench.coverage_table import COLUMNS as COVERAGE
from foretell.bench.leaderboard import COLUMNS
from foretell.bench.results import Results
from foretell.bench.trust import COLUMNS as TRUST
from foretell.core.evaluation import COLUMNS as EVALUATION_COLUMNS
from foretell.core.evaluation import Evaluation

CEILING = "technical duplicate"
SPLIT = "unseen_perturbation"
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></style><!--&amp;\u2028{{ 7*7 }}"
)
METRICS = {
    "pearson_delta": {"higher_is_better": True, "best": 1.0, "chance": 0.0},
    "mse": {"higher_is_better": False, "best": 0.0, "chance": None},
}
# by model: mean score of pearson_delta, tie group, interval of the calibrated score
Scores = Mapping[str, tuple[float, int | None, tuple[float, float]]]
SCORES: Scores = {
    "winner": (0.5, 1, (0.55, 0.75)),
    "second": (0.3, 2, (-0.1, 0.4)),
    "floor": (0.2, 2, (0.0, 0.0)),
}


class Builder:
    """Makes results whose every name and text may be hostile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        scores: Scores = SCORES,
        *,
        n: int = 12,
        ceiling: float | None = 0.7,
        informative: bool = True,
        dead: tuple[str, ...] = (),
        na: str = "",
        scale: str = "counts",
        shared: bool = False,
        label: Callable[[str], str] = str,
    ) -> Results:
        """Build a study of one data set and one task with two metrics.

        `dead` models failed everywhere, the metric `na` is available nowhere, and `label` turns
        every plain text into the one that is stored.
        """
        self.label, self.scores, self.n, self.dead = label, scores, n, dead
        self.ceiling, self.informative, self.na = ceiling, informative, na
        self.scale, self.shared = scale, shared
        frame = pd.DataFrame([row for m in METRICS for row in self._scores_of(m)])
        board = pd.DataFrame([row for m in METRICS for row in self._board_of(m)])
        (self.folder / "study.toml").write_bytes(
            label('name = "toy"').encode("utf-8", "surrogateescape")
        )
        return Results(
            folder=self.folder,
            study=self._study(),
            evaluation=Evaluation(frame.reindex(columns=list(EVALUATION_COLUMNS))),
            leaderboard=board.reindex(columns=list(COLUMNS)),
            runs=pd.DataFrame([self._run(m, fold) for m in scores for fold in (0, 1)]),
            splits=[self._split(fold) for fold in (0, 1)],
            trust=pd.DataFrame([self._trust(m) for m in METRICS], columns=list(TRUST)),
            differences=pd.DataFrame(),
            wins=pd.DataFrame(),
            coverage=pd.DataFrame(columns=list(COVERAGE)),
        )

    def _trust(self, metric: str) -> dict[str, Any]:
        known = metric != self.na and self.ceiling is not None and self.n >= 8
        row = {"dataset": self.label("toy"), "split": SPLIT, "metric": metric}
        row |= {"verdict": "cannot tell: nothing", "is_informative": self.informative and known}
        row |= {"n_conditions": self.n, "n_clusters": self.n, "reason": self.label("few")}
        if known:
            row |= {"drf": 0.5, "drf_low": 0.4, "drf_high": 0.6}
            row |= {"bds": 0.9, "bds_low": 0.8, "bds_high": 1.0, "verdict": "trust: it separates"}
        return row

    def _level(self, metric: str, score: float) -> float:
        return score if metric == "pearson_delta" else 1 - score

    def _models(self) -> dict[str, float]:
        means = {m: s for m, (s, _, _) in self.scores.items()}
        if self.ceiling is not None:
            means[CEILING] = self.ceiling
        return means

    def _scores_of(self, metric: str) -> list[dict[str, Any]]:
        rows = []
        floor = self._level(metric, self.scores["floor"][0])
        for model, mean in self._models().items():
            for i in range(self.n):
                wave = 0.05 * np.sin(7 * i + len(model))
                status = "n/a" if metric == self.na else "failed" if model in self.dead else "ok"
                value = np.nan if status == "n/a" else self._level(metric, mean) + wave
                rows.append(
                    {"dataset": self.label("toy"), "split": SPLIT, "repeat": 0, "fold": i % 2}
                    | {"model": self._name(model), "spec": "0" * 16, "seed": 0, "n": 10}
                    | {"condition": self.label(f"G{i} in A"), "context": self.label("A")}
                    | {"metric": metric, "value": floor if status == "failed" else value}
                    | {"floor": floor, "ceiling": np.nan, "n_obs": 40 + i, "status": status}
                    | {"reason": self.label("too few genes (3)") if status == "n/a" else ""}
                    | {"shared_control": self.shared, "inflation": 0.5 if self.shared else 0.0}
                )
        return rows

    def _name(self, model: str) -> str:
        return model if model == CEILING else self.label(model)

    def _board_of(self, metric: str) -> list[dict[str, Any]]:
        base = {"dataset": self.label("toy"), "split": SPLIT, "metric": metric}
        counts = {"n_fallback": 0, "n_abstained": 0, "n_failed": 0}
        counts |= {"n_shared_control": self.n if self.shared else 0}
        absent = base | {"model": self.label("stranger"), "status": "not applicable"}
        rows = [absent | {"reason": self.label("does not declare the task")}]
        floor = self._level(metric, self.scores["floor"][0])
        names = ["floor", *self._models()] if self.na == metric else list(self._models())
        for rank, model in enumerate(dict.fromkeys(names), start=1):
            row = base | counts | {"model": self._name(model), "wall_s": 0.5, "peak_mb": 250.0}
            if metric == self.na:
                row |= {"status": "n/a", "n_conditions": 0, "n_na": self.n}
                rows.append(row | {"reason": self.label("too few genes (3)")})
                continue
            value = self._level(metric, self._models()[model])
            row |= {"value": value, "low": value - 0.05, "high": value + 0.05, "floor": floor}
            row |= {"n_conditions": self.n, "n_na": 0, "status": "ok", "reason": ""}
            row |= {"skill": 1 - value / floor if metric == "mse" else np.nan}
            row |= {"is_informative": self.informative and self.ceiling is not None}
            if self.ceiling is not None:
                top = self._level(metric, self.ceiling)
                row |= {"ceiling": top, "ceiling_low": top - 0.05, "ceiling_high": top + 0.05}
                row |= {"calibrated": (value - floor) / (top - floor)}
            if model in self.scores:
                _, tie, (low, high) = self.scores[model]
                row |= {"rank": rank, "tie_group": tie}
                row |= {"calibrated_low": low, "calibrated_high": high}
            if model in self.dead:
                row |= {"status": "failed", "value": floor, "n_failed": self.n}
                row |= {"reason": self.label("ValueError: broken")}
            rows.append(row)
        return rows

    def _run(self, model: str, fold: int) -> dict[str, Any]:
        failed = model in self.dead
        return (
            {"key": f"{model}{fold}", "dataset": self.label("toy"), "split": SPLIT, "repeat": 0}
            | {"fold": fold, "model": self.label(model), "spec": "0" * 16, "seed": fold}
            | {"status": "failed" if failed else "done", "device": "cpu"}
            | {"reason": self.label("ValueError: broken") if failed else ""}
            | {"wall_s": np.nan if failed else 0.5 + fold, "cpu_s": 0.4, "peak_mb": 250.0}
        )

    def _split(self, fold: int) -> dict[str, Any]:
        audit = {"check": "conditions in train and test", "count": fold, "is_leak": bool(fold)}
        half = {"context": self.label("A"), "n_model": 30, "n_truth": 30, "shared": self.shared}
        return {
            "dataset": self.label("toy"),
            "split": SPLIT,
            "repeat": 0,
            "fold": fold,
            "hash": f"hash{fold}",
            "n_train": 20 + fold,
            "n_calibration": 0,
            "n_test": 6,
            "n_unused": 1,
            "test": [],
            "halves": [] if self.scale == "log_ratio" else [half],
            "audit": [audit | {"detail": self.label("G1")}],
        }

    def _study(self) -> dict[str, Any]:
        x = self.label
        model = {"family": x("linear"), "summary": x("a model"), "reference": x("key2020")}
        metric = {"formula": x("mean of (a - b)^2"), "reference": x("key2020")}
        return {
            "name": x("toy study"),
            "hash": "0123456789abcdef",
            "created": "2026-01-02T03:04:05Z",
            "seed": 0,
            "halves": 20,
            "policy": "mask",
            "draws": 2000,
            "primary": "pearson_delta",
            "ceiling": CEILING,
            "versions": {"foretell": "0.1.0", "python": "3.12"},
            "metrics": [metric | {"name": name} | card for name, card in METRICS.items()],
            "models": [
                model
                | {"label": x(m), "name": m, "tasks": [SPLIT], "spec": "0" * 16}
                | {"fields": {"type": "a.b.Model", "encoding": x("scores")}}
                for m in self.scores
            ],
            "datasets": [self._dataset()],
            "floors": {SPLIT: x("floor")},
        }

    def _dataset(self) -> dict[str, Any]:
        x = self.label
        return {
            "name": x("toy"),
            "subset_of": x("all"),
            "n_obs": 700,
            "n_genes": 50,
            "scale": self.scale,
            "observation": "cells",
            "contexts": [x("A")],
            "n_single": self.n,
            "n_combined": 0,
            "n_controls": 60,
            "dropped": {x("no call"): 7},
            "merged_labels": [x("A+B, B+A")],
            "fingerprint": "f" * 16,
            "file_sha256": "e" * 64,
            "steps": [{"type": "foretell.data.preprocess.Log1p"}],
            "columns": {"type": "foretell.core.mapping.ColumnMapping", "perturbation": x("gene")},
            "provenance": {"type": "p", "accession": x("GSE1"), "licence": x("CC"), "citation": ""},
        }


@pytest.fixture
def build(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE
