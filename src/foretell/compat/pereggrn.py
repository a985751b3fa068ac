"""PEREGGRN (commit 146e517): the metrics per perturbation.

What it does, and where the native definition differs:

- One baseline, the mean of all training controls, on both sides. Native: halves of the controls.
- `mse` and `mse_top_N` are *sums* of squares. Native: `sse_delta`, and `mse` as a mean.
- `mae` is a mean.
- The top N are genes with a mid-rank of |observed shift| up to N: ties at the border take in none
  or more of them, and `overlap_top_N` can exceed 1 and cannot reach 1 with fewer genes than N.
- `pearson_top_N` is 0 where it raises (fewer than two genes) and NaN where a side is constant.
- `proportion_correct_direction` counts two exact zeros as agreement, so that an answer of no
  change scores about 0. Native: a zero predicted shift counts half.
- `pvalue_effect_direction`: chi-squared test of signs after rounding to two decimals, with Yates'
  correction in a table of two by two; `fc_targets_vs_non_targets` and
  `pvalue_targets_vs_non_targets` take what is predicted to move at all, rounded likewise.
- The directly perturbed gene counts. It is meant to be revealed to the model, and by a defect is
  not, in most methods. Native: one policy for all, `mask` by default.

`cell_type_correct` and `distance_in_pca` need its classifier and its components, fitted on
training cells; they are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import chi2_contingency, f_oneway, rankdata

from foretell.compat.inputs import Cells, cells_of
from foretell.compat.scores import CompatScores, tidy
from foretell.core.errors import BadMapping, UnknownName, shorten

__all__ = ["NAME", "VERSION", "score"]

NAME, VERSION = "PEREGGRN", "146e517"
TOP = (20, 100, 200)
LEFT_OUT = tuple(
    (name, "needs a model that the evaluator fits on training cells")
    for name in ("cell_type_correct", "distance_in_pca")
)


def score(
    real: Any,
    pred: Any,
    *,
    perturbation: str = "perturbation",
    control: str = "control",
) -> CompatScores:
    """Score a prediction as PEREGGRN does.

    Parameters
    ----------
    real : AnnData-like, with the controls; replicates of a perturbation are averaged.
    pred : predicted profiles; rows of a perturbation are averaged. The same genes in the same
        order. Perturbations on one side only are not scored.

    Returns
    -------
    CompatScores
        With the statistic ``weighted_mean``: by the number of observations, as in its figures.
    """
    cells = cells_of(real, perturbation, control)
    labels = np.asarray(pred.obs[perturbation]).astype(str)
    answer = cells_of(pred, perturbation, labels[0])
    if not np.array_equal(cells.genes, answer.genes):
        raise BadMapping(
            f"{NAME} needs the same genes in the same order", "order the prediction's columns"
        )
    names = [str(n) for n in answer.names if n in cells.perturbations]
    if not names:
        raise UnknownName(
            f"no perturbation is both real and predicted: {shorten(answer.names)}",
            "spell the labels alike",
        )
    base = cells.mean(control)
    values: dict[str, dict[str, float]] = {}
    for name in names:
        for metric, value in _one(cells.mean(name) - base, answer.mean(name) - base).items():
            values.setdefault(metric, {})[name] = value
    return tidy(f"{NAME} {VERSION}", values, _means(values, cells), LEFT_OUT)


def _means(values: dict[str, dict[str, float]], cells: Cells) -> list[tuple[str, str, float]]:
    found = []
    for metric, by_label in values.items():
        n = np.array([len(cells.rows(name)) for name in by_label])
        value = np.array(list(by_label.values()))
        found.append((metric, "weighted_mean", float((value * n).sum() / n.sum())))
    return found


def _one(S: np.ndarray, E: np.ndarray) -> dict[str, float]:
    """Values of one perturbation, from its observed and its predicted shift."""
    found = {
        "spearman": _correlation(rankdata(S), rankdata(E)),
        "pearson": _correlation(S, E),
        "mae": float(np.abs(S - E).mean()),
        "mse": float(((S - E) ** 2).sum()),
    }
    place, guessed = rankdata(-np.abs(S)), rankdata(-np.abs(E))
    for n in TOP:
        top = place <= n
        found[f"mse_top_{n}"] = float(((S - E)[top] ** 2).sum())
        found[f"overlap_top_{n}"] = float((top & (guessed <= n)).sum() / n)
        found[f"pearson_top_{n}"] = _correlation(S[top], E[top]) if top.sum() > 1 else 0.0
    found["proportion_correct_direction"] = float((np.sign(S) == np.sign(E)).mean())
    found["pvalue_effect_direction"] = _sign_test(S, E)
    found["fc_targets_vs_non_targets"] = _contrast(S, E)
    found["pvalue_targets_vs_non_targets"] = _anova(S, E)
    return found


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    if (x == x[0]).all() or (y == y[0]).all():
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def _rounded(values: np.ndarray) -> np.ndarray:
    signs: np.ndarray = np.sign(np.round(values, 2))
    return signs


def _sign_test(S: np.ndarray, E: np.ndarray) -> float:
    """Return p of the table of rounded signs, without empty rows and columns."""
    a, b = _rounded(S), _rounded(E)
    table = np.array([[((a == i) & (b == j)).sum() for j in np.unique(b)] for i in np.unique(a)])
    return float(chi2_contingency(table).pvalue)


def _sides(S: np.ndarray, E: np.ndarray) -> dict[str, np.ndarray]:
    signs = _rounded(E)
    sides = {"up": S[signs == 1], "none": S[signs == 0], "down": S[signs == -1]}
    return {name: values for name, values in sides.items() if len(values)}


def _contrast(S: np.ndarray, E: np.ndarray) -> float:
    """Mean observed shift of what should go highest, less that of what should go lowest."""
    sides = list(_sides(S, E).values())
    return float(sides[0].mean() - sides[-1].mean()) if len(sides) > 1 else float("nan")


def _anova(S: np.ndarray, E: np.ndarray) -> float:
    sides = list(_sides(S, E).values())
    return float(f_oneway(*sides).pvalue) if len(sides) > 1 else float("nan")
