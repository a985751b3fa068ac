"""Systema 1.0.0: correlations from the perturbed centroid, and centroid accuracy.

What it does, and where the native definition differs:

- The released function for the correlations names a global that does not exist; its benchmark
  sets it to GEARS' twenty genes. That is what is reproduced.
- The reference is the mean of the *training* centroids: for the truth and for the answer the same.
- `centroid_accuracy`: share of other true centroids that lie farther than the own one, training
  perturbations among them; ties lose. Euclid on raw profiles, so that the scale of an answer
  counts. Native: `centroid_accuracy` has mid-ranks and leaves targets out.
- The top twenty genes see the test truth, the target among them.
- `jaccard` compares them with the twenty largest *predicted* shifts from control.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foretell.compat.gears_panels import TOP, panels_of
from foretell.compat.inputs import Cells, cells_of
from foretell.compat.scores import CompatScores, tidy
from foretell.core.errors import BadMapping, EmptySplit, UnknownName, shorten

__all__ = ["NAME", "VERSION", "score"]

NAME, VERSION = "Systema", "1.0.0"


def score(
    real: Any,
    pred: Any,
    *,
    train: Sequence[str],
    perturbation: str = "condition",
    control: str = "ctrl",
) -> CompatScores:
    """Score a prediction as Systema's benchmark does.

    Parameters
    ----------
    real : AnnData-like, with the controls and *all* perturbations, the training ones among them.
    pred : predicted cells or profiles of the test perturbations; the same genes.
    train : labels of the training perturbations.

    Returns
    -------
    CompatScores
        With the statistic ``mean``.
    """
    cells = cells_of(real, perturbation, control)
    labels = np.asarray(pred.obs[perturbation]).astype(str)
    answer = cells_of(pred, perturbation, labels[0])
    _check(cells, answer, train)
    panels = panels_of(cells)
    names = [str(n) for n in answer.names if n != control and n not in set(train)]
    reference = np.mean([cells.mean(name) for name in train], axis=0)
    base = cells.mean(control)
    pool = np.array([cells.mean(name) for name in cells.perturbations])
    values: dict[str, dict[str, float]] = {}
    for name in names:
        truth, guess = cells.mean(name), answer.mean(name)
        top = np.sort(panels[name].top_non_dropout)
        for metric, value in _one(truth, guess, base, reference, top).items():
            values.setdefault(metric, {})[name] = value
        apart = np.linalg.norm(pool - guess, axis=1)
        farther = (apart > apart[cells.perturbations == name]).sum()
        values.setdefault("centroid_accuracy", {})[name] = float(farther / (len(pool) - 1))
    statistics = [
        (metric, "mean", float(np.mean(list(by_label.values()))))
        for metric, by_label in values.items()
    ]
    return tidy(f"{NAME} {VERSION}", values, statistics)


def _check(cells: Cells, answer: Cells, train: Sequence[str]) -> None:
    if not np.array_equal(cells.genes, answer.genes):
        raise BadMapping(
            f"{NAME} needs the same genes in the same order", "order the prediction's columns"
        )
    if not len(train):
        raise EmptySplit(f"{NAME} refers to the training perturbations", "name them")
    strange = sorted((set(train) | set(answer.names)) - set(cells.names))
    if strange:
        raise UnknownName(f"no real cells of {shorten(strange)}", "leave them out")


def _one(
    truth: np.ndarray, guess: np.ndarray, base: np.ndarray, reference: np.ndarray, top: np.ndarray
) -> dict[str, float]:
    """Values of one perturbation, under the names of the benchmark's table."""
    error = (truth - guess) ** 2
    found: dict[str, float] = {}
    for mark, centre in (("", base), ("_allpert", reference)):
        shift, guessed = truth - centre, guess - centre
        found[f"corr_all{mark}"] = float(np.corrcoef(shift, guessed)[0, 1])
        found[f"corr_20de{mark}"] = float(np.corrcoef(shift[top], guessed[top])[0, 1])
        found[f"mse_all{mark}"] = float(error.mean())
        found[f"mse_20de{mark}"] = float(error[top].mean())
    largest = np.argsort(np.abs(guess - base))[-TOP:]
    both, either = np.intersect1d(top, largest), np.union1d(top, largest)
    return found | {"jaccard": len(both) / len(either)}
