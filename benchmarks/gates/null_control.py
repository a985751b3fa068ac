"""Gate 13: where no perturbation does anything, a model that knows nothing scores nothing.

Screens without any effect go the way of the bench; the training mean answers. With halves of the
controls its mean Pearson delta is 0. With the same screens, splits and model, but one control that
truth and prediction share, it is about sqrt(C / (C + K)), C cells in the half that is scored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bench_path import dataset_of, scores_by_condition, simulated, with_shared_controls

from foretell.core.registry import make_model
from foretell.data.simulate import Screen
from foretell.splits.make import make

NAME = "13 cross-fitted control"
TARGET = (
    "|mean Pearson delta of the training mean on null perturbations| <= 0.02; shared: 0.25-0.68"
)
METRIC, HALVES = "pearson_delta", 4
CELLS = 60  # in the half that is scored


def study(quick: bool = False) -> list[dict[str, Any]]:
    """Mean score over screens, by number of controls."""
    rows = []
    for controls in (60, 240, 600):
        means = np.array([one_screen(controls, seed) for seed in range(6 if quick else 60)])
        error = means.std(axis=0, ddof=1) / np.sqrt(len(means))
        rows.append(
            {
                "controls": controls,
                "cross_fitted": round(float(means[:, 0].mean()), 4),
                "its_error": round(float(error[0]), 4),
                "shared": round(float(means[:, 1].mean()), 3),
                "closed_form": round(float(np.sqrt(CELLS / (CELLS + controls))), 3),
            }
        )
    return rows


def passed(rows: list[dict[str, Any]]) -> bool:
    """Tell whether halves remove the bias, and sharing shows the one that theory says."""
    return all(
        abs(row["cross_fitted"]) <= 0.02 and abs(row["shared"] - row["closed_form"]) <= 0.06
        for row in rows
    )


def one_screen(controls: int, seed: int) -> tuple[float, float]:
    """Mean Pearson delta of the training mean, with halves of the controls and with shared ones."""
    screen = Screen.noise_only(
        n_perturbations=40,
        n_combinations=0,
        n_genes=300,
        n_contexts=1,
        cells_per_condition=2 * CELLS,
        cells_spread=0.0,
        controls_per_context=controls,
        seed=1300 + seed,
    )
    data = dataset_of(simulated(screen), f"null {seed}")
    splits = make(data, "unseen_perturbation", folds=5, seed=seed)
    found = []
    for folds in (splits, [with_shared_controls(split) for split in splits]):
        answers = [
            make_model("training_mean").fit(split.train_part(data)).predict(split.query(data))
            for split in folds
        ]
        scores = scores_by_condition(data, folds, {"mean": answers}, [METRIC], HALVES)
        found.append(float(np.mean(scores["mean"][METRIC])))
    return found[0], found[1]
