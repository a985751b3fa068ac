"""GEARS (commit f374e43): `compute_metrics` and its three deeper analyses.

What it does, and where the native definition differs:

- `mse`, `pearson` compare mean profiles as they are: raw correlations are high for any answer.
- `*_de` and `*_top20_de`: the twenty genes with the largest |t| of the *test* cells against the
  controls, the target among them. Native: top |true shift|, the target left out.
- A correlation that is not defined counts as 0.
- Shifts subtract the mean of all controls on both sides. Native: halves of the controls.
- `frac_correct_direction_N` divides by N even where there are fewer genes.
- `frac_in_range*`, `*sigma*` ask whether the predicted *mean* lies where single *cells* lie.
- `fold_change_gap_*` are ratios of log values, on genes whose true ratio is extreme: the truth
  chooses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foretell.compat.gears_panels import Panels, panels_of
from foretell.compat.inputs import Cells, cells_of
from foretell.compat.scores import CompatScores, tidy
from foretell.core.errors import BadMapping, UnknownName, shorten

__all__ = ["NAME", "VERSION", "score"]

NAME, VERSION = "GEARS", "f374e43"
TOP, VARIABLE = (20, 50, 100, 200), 200
BANDS = (("", 0.0, 1.0), ("_45_55", 0.45, 0.55), ("_40_60", 0.4, 0.6), ("_25_75", 0.25, 0.75))
LOW, SMALL = 0.5, (0.333, 0.1)

Values = dict[str, float]


def score(
    real: Any, pred: Any, *, perturbation: str = "condition", control: str = "ctrl"
) -> CompatScores:
    """Score a prediction as GEARS' own evaluation does.

    Parameters
    ----------
    real : AnnData-like, with the controls; panels are taken from its cells.
    pred : predicted cells or profiles; the same genes in the same order. Perturbations that it
        lacks are not scored, as there; its controls are not looked at.

    Returns
    -------
    CompatScores
        ``mean`` over perturbations of what `compute_metrics` sums up.
    """
    cells = cells_of(real, perturbation, control)
    answer = _answer(pred, cells, perturbation)
    panels = panels_of(cells)
    names = [str(n) for n in answer.names if str(n) in panels]
    spread = np.std(cells.means, axis=0)
    variable = np.argsort(spread)[-VARIABLE:]
    table = {name: _one(cells, answer, panels[name], variable, name) for name in names}
    metrics = list(dict.fromkeys(m for values in table.values() for m in values))
    values = {m: {p: row[m] for p, row in table.items() if m in row} for m in metrics}
    statistics = [
        (m, "mean", float(np.mean(list(values[m].values()))))
        for m in ("mse", "mse_de", "pearson", "pearson_de")
    ]
    return tidy(f"{NAME} {VERSION}", values, statistics)


def _answer(pred: Any, cells: Cells, perturbation: str) -> Cells:
    if perturbation not in pred.obs.columns:
        raise BadMapping(f"the prediction has no column '{perturbation}'", "name it alike")
    labels = np.asarray(pred.obs[perturbation]).astype(str)
    answer = cells_of(pred, perturbation, labels[0])
    if not np.array_equal(answer.genes, cells.genes):
        raise BadMapping(
            f"{NAME} needs the same genes in the same order", "order the prediction's columns"
        )
    strange = sorted(set(answer.names) - set(cells.names))
    if strange:
        raise UnknownName(f"no real cells of {shorten(strange)}", "leave them out")
    return answer


def _one(cells: Cells, answer: Cells, panels: Panels, variable: np.ndarray, name: str) -> Values:
    """All values of one perturbation."""
    X = cells.of(name)
    X = np.asarray(X.toarray() if hasattr(X, "indptr") else X, dtype=float)
    truth, guess, control = X.mean(0), answer.mean(name), cells.mean(cells.control)
    top = panels.ranked[:20]
    found = _both(truth, guess, "") | _both(truth[top], guess[top], "_de")
    found |= _directions(truth, guess, control, panels)
    for mark, genes in (
        ("_non_zero", panels.top_non_zero),
        ("_non_dropout", panels.top_non_dropout),
    ):
        found |= _on(truth, guess, control, genes, f"_top20_de{mark}")
        found |= _shares(truth, guess, control, genes, f"_top20{mark}")
        found |= _ranges(X[:, genes], guess[genes], mark)
    for mark, genes in (("_non_zero", panels.non_zero), ("_non_dropout", panels.non_dropout)):
        found |= _shares(truth, guess, control, genes, mark)
    found |= _ranges(X[:, top], guess[top], "")
    shown = top[~((X[:, top].min(axis=0) == 0) & (X[:, top].max(axis=0) == 0))]
    if len(shown):
        right = _signs(truth, guess, control, shown)[0]
        found["frac_correct_direction_20_nonzero"] = right / len(shown)
    shift, guessed = truth - control, guess - control
    found |= {
        "pearson_delta": _pearson(shift, guessed),
        "pearson_delta_de": _pearson(shift[top], guessed[top]),
    }
    found |= _on(truth, guess, control, variable, "_top200_hvg")
    for n in TOP:
        found |= _on(truth, guess, control, panels.ranked[:n], f"_top{n}_de")
    return found | _gaps(truth, guess, control)


def _both(truth: np.ndarray, guess: np.ndarray, mark: str) -> Values:
    return {
        f"mse{mark}": float(np.mean((truth - guess) ** 2)),
        f"pearson{mark}": _pearson(truth, guess),
    }


def _on(
    truth: np.ndarray, guess: np.ndarray, control: np.ndarray, genes: np.ndarray, mark: str
) -> Values:
    """Correlation of profiles and of shifts, and squared error, on a panel."""
    return {
        f"pearson_delta{mark}": _pearson((truth - control)[genes], (guess - control)[genes]),
    } | _both(truth[genes], guess[genes], mark)


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    """Correlation; 0 where it is not defined."""
    a, b = x - x.mean(), y - y.mean()
    size = np.sqrt((a @ a) * (b @ b))
    flat = size == 0 or (x == x[0]).all() or (y == y[0]).all()
    return 0.0 if flat else float(a @ b / size)


def _signs(
    truth: np.ndarray, guess: np.ndarray, control: np.ndarray, genes: Sequence[int] | np.ndarray
) -> tuple[int, int, int]:
    """Genes with the same sign of shift, with opposite ones, and with one of them 0."""
    apart = np.abs(np.sign(guess - control) - np.sign(truth - control))[genes]
    return int((apart == 0).sum()), int((apart == 2).sum()), int((apart == 1).sum())


def _shares(
    truth: np.ndarray, guess: np.ndarray, control: np.ndarray, genes: np.ndarray, mark: str
) -> Values:
    names = ("correct", "opposite", "0/1")
    counts = _signs(truth, guess, control, genes)
    return {
        f"frac_{name}_direction{mark}": count / len(genes)
        for name, count in zip(names, counts, strict=True)
    }


def _directions(
    truth: np.ndarray, guess: np.ndarray, control: np.ndarray, panels: Panels
) -> Values:
    everything = np.arange(len(truth))
    found = {
        "frac_correct_direction_all": _signs(truth, guess, control, everything)[0] / len(truth)
    }
    for n in TOP:
        right = _signs(truth, guess, control, panels.ranked[:n])[0]
        found[f"frac_correct_direction_{n}"] = right / n
    return found


def _ranges(X: np.ndarray, guess: np.ndarray, mark: str) -> Values:
    """Whether the predicted mean lies among the cells, on genes that some cell expresses."""
    shown = ~((X.min(axis=0) == 0) & (X.max(axis=0) == 0))
    if not shown.any():
        return {}
    found: Values = {}
    for name, low, high in BANDS:
        bounds = np.quantile(X[:, shown], [low, high], axis=0)
        inside = (guess[shown] >= bounds[0]) & (guess[shown] <= bounds[1])
        found[f"frac_in_range{name}{mark}"] = float(inside.mean())
    mean, sd = X.mean(axis=0), X.std(axis=0)
    varies = sd > 0
    apart = np.abs(guess - mean)[varies] / sd[varies]
    return found | {
        f"mean_sigma{mark}": float(np.mean(apart)),
        f"std_sigma{mark}": float(np.std(apart)),
        f"frac_sigma_below_1{mark}": 1 - (apart > 1).sum() / len(apart),
        f"frac_sigma_below_2{mark}": 1 - (apart > 2).sum() / len(apart),
    }


def _gaps(truth: np.ndarray, guess: np.ndarray, control: np.ndarray) -> Values:
    """Mean |difference of ratios to control|, on genes of a given true ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num(truth / control, nan=0.0, posinf=0.0, neginf=0.0)
    ratio = np.where(truth < LOW, 0.0, ratio)
    chosen = {"all": ratio > 0}
    chosen |= {f"downreg_{limit:.2g}": (ratio < limit) & (ratio > 0) for limit in SMALL}
    chosen |= {f"upreg_{limit}": ratio > limit for limit in (3, 10)}
    return {
        f"fold_change_gap_{name}": float(np.mean(np.abs(guess - truth)[genes] / control[genes]))
        for name, genes in chosen.items()
        if genes.any()
    }
