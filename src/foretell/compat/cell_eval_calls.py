"""Metrics of cell-eval on called genes: overlaps, directions, ranks of fold changes."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from foretell.compat.pdex import Calls

__all__ = ["call_metrics"]

TOP = (None, 50, 100, 200, 500)

ByLabel = dict[str, float]


def call_metrics(real: Calls, pred: Calls) -> dict[str, ByLabel]:
    """Return all metrics that compare two sets of tests, by metric and perturbation."""
    found = _overlaps(real, pred)
    counts = [side.called.sum(axis=1).astype(float) for side in (real, pred)]
    some = np.flatnonzero(counts[0] > 0)  # the others are dropped by a join
    r = 1.0 if len(some) == 0 else _spearman(counts[0][some], counts[1][some])
    found["de_spearman_sig"] = dict.fromkeys(map(str, real.names), r)
    found["de_direction_match"] = {
        str(real.names[i]): float(
            (np.sign(real.lfc[i]) == np.sign(pred.lfc[i]))[real.called[i]].mean()
        )
        for i in some
    }
    found["de_spearman_lfc_sig"] = {
        str(real.names[i]): _spearman(real.lfc[i][real.called[i]], pred.lfc[i][real.called[i]])
        for i in some
    }
    found["de_sig_genes_recall"] = {
        str(real.names[i]): float((real.called[i] & pred.called[i]).sum() / counts[0][i])
        for i in some
    }
    for side, name in enumerate(("real", "pred")):
        found[f"de_nsig_counts_{name}"] = dict(zip(map(str, real.names), counts[side], strict=True))
    found["pr_auc"], found["roc_auc"] = _areas(real, pred)
    return found


def _overlaps(real: Calls, pred: Calls) -> dict[str, ByLabel]:
    found: dict[str, ByLabel] = {}
    ranked = [(real.ranked(i), pred.ranked(i)) for i in range(len(real.names))]
    for by_real, metric in ((True, "overlap"), (False, "precision")):
        for top in TOP:
            found[f"{metric}_at_{top or 'N'}"] = {
                str(name): _overlap(mine, theirs, top, by_real)
                for name, (mine, theirs) in zip(real.names, ranked, strict=True)
            }
    return found


def _overlap(real: np.ndarray, pred: np.ndarray, top: int | None, by_real: bool) -> float:
    """Share of the first k of one list among the first k of the other; 0 where k is 0."""
    size = len(real) if by_real else len(pred)
    k = min(top or size, size)
    return len(np.intersect1d(real[:k], pred[:k])) / k if k else 0.0


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Correlation of mid-ranks; NaN below two values or where one side is constant."""
    if len(x) < 2:
        return float("nan")
    a, b = (rankdata(v) - (len(v) + 1) / 2 for v in (x, y))
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size > 0 else float("nan")


def _areas(real: Calls, pred: Calls) -> tuple[ByLabel, ByLabel]:
    """Average precision and ROC area of the predicted -log10 FDR, clipped at 1e-10."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    height = -np.log10(np.clip(pred.fdr, np.float32(1e-10), np.float32(1.0)))
    areas: tuple[ByLabel, ByLabel] = ({}, {})
    for i, name in enumerate(map(str, real.names)):
        called = real.called[i]
        defined = 0 < called.sum() < len(called)
        for area, of in zip(areas, (average_precision_score, roc_auc_score), strict=True):
            area[name] = float(of(called, height[i])) if defined else float("nan")
    return areas
