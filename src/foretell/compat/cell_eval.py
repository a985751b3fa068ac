"""cell-eval 0.8.2, the scorer of the Virtual Cell Challenge: every metric but one.

What it does, and where the native definition differs:

- Predicted shifts subtract the **predicted** controls. Native: the measured ones, unless asked.
- `mse` and `mae` compare profiles, not shifts from control, whatever their docstring says.
- `discrimination_score_*`: 1 - rank / P, so that chance is (P + 1) / (2 P) and the worst is 1 / P.
  Ties go to whichever the sort puts first. The target gene is left out where its name *equals*
  the label, so never in a combination. Native: (P - 1) in place of P, mid-ranks, and the targets
  of all competitors left out for all.
- `overlap_at_*`, `precision_at_*`: 0 where no gene is called, also where both sides agree on that.
  Predicted cells are tested as if they were cells: constant cells call nearly everything.
  Native: not defined below five genes, counted, and a mean is ranked by its shift, never tested.
- `de_spearman_sig` drops perturbations without a real call. `de_spearman_lfc_sig`, `pr_auc` and
  `roc_auc` are NaN for some perturbations, and one NaN makes the mean NaN.
- `pr_auc`, `roc_auc` rank genes by -log10 of the predicted FDR, clipped at 1e-10: mass ties.
- `de_sig_genes_recall` is 1 for an answer that calls every gene.
- `pearson_edistance`: V-statistics, whose bias depends on the numbers of cells.
- `pearson_delta` of a predicted shift that is 0 but for rounding is the correlation of rounding
  errors, which nothing reproduces. Native: chance, by definition.
- `combined`: clipped below at 0, NaN counted as 0: to be worse than the baseline is free.
- All that comes out of the tests is rounded to 32 bits before it is compared.
- Whole numbers are taken for counts and normalised to the median depth, each side by itself.

`clustering_agreement` is left out: it is the best of seven resolutions of a graph clustering that
only its own libraries reproduce.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from foretell.compat.cell_eval_calls import call_metrics
from foretell.compat.distances import mean_distance
from foretell.compat.inputs import Cells, cells_of, require_pair
from foretell.compat.pdex import differential
from foretell.compat.scores import CompatScores, tidy
from foretell.core.errors import BadValues, UnknownName, did_you_mean

__all__ = [
    "NAME",
    "PROFILES",
    "VERSION",
    "baseline_scores",
    "combined",
    "mean_baseline",
    "score",
]

NAME, VERSION = "cell-eval", "0.8.2"
PROFILES = ("full", "minimal", "vcc", "de", "anndata", "pds")
MINIMAL = (
    "pearson_delta",
    "mse",
    "mae",
    "discrimination_score_l1",
    "overlap_at_N",
    "precision_at_N",
)
VCC = ("mae", "discrimination_score_l1", "overlap_at_N")
ERRORS = ("mse", "mae", "mse_delta", "mae_delta")  # best at 0; every other one at 1
LEFT_OUT = (("clustering_agreement", "needs the graph clustering of its own libraries"),)
EPSILON, TOO_LARGE = 1e-3, 15.0

ByLabel = dict[str, float]


def score(
    real: Any,
    pred: Any,
    *,
    perturbation: str = "target",
    control: str = "non-targeting",
    profile: str = "full",
    allow_discrete: bool = False,
) -> CompatScores:
    """Score a prediction as cell-eval does.

    Parameters
    ----------
    real, pred : AnnData-like: `X`, `obs`, `var_names`; the same genes and the same labels.
    perturbation : column with the labels.
    control : label of the controls, on both sides.
    profile : which metrics: ``full``, ``minimal``, ``vcc``, ``de``, ``anndata`` or ``pds``.
    allow_discrete : take whole numbers as they are instead of normalising them.

    Returns
    -------
    CompatScores
        With the statistics ``mean``, ``std``, ``count`` and ``null_count`` of each metric.
    """
    if profile not in PROFILES:
        raise UnknownName(f"there is no profile '{profile}'", did_you_mean(profile, PROFILES))
    sides = [cells_of(side, perturbation, control) for side in (real, pred)]
    require_pair(sides[0], sides[1], NAME)
    truth, answer = (_logged(side, allow_discrete) for side in sides)
    return _scored(truth, answer, profile, is_log1p=not allow_discrete)


def baseline_scores(
    real: Any,
    *,
    perturbation: str = "target",
    control: str = "non-targeting",
    profile: str = "full",
) -> CompatScores:
    """Score the baseline of the challenge, `mean_baseline`, against the real screen."""
    truth = _logged(cells_of(real, perturbation, control), allow_discrete=False)
    return _scored(truth, mean_baseline(truth), profile, is_log1p=True)


def _scored(truth: Cells, answer: Cells, profile: str, *, is_log1p: bool) -> CompatScores:
    values: dict[str, ByLabel] = {}
    wants = _wants(profile)
    if profile not in ("anndata", "pds"):
        calls = [differential(side, is_log1p=is_log1p) for side in (truth, answer)]
        values |= call_metrics(calls[0], calls[1])
    values |= _of_means(truth, answer)
    if wants("pearson_edistance"):
        values["pearson_edistance"] = _same(truth, _edistance_correlation(truth, answer))
    values = {name: by_label for name, by_label in values.items() if wants(name)}
    statistics = [
        (name, statistic, value)
        for name, by_label in values.items()
        for statistic, value in _described(by_label, len(truth.perturbations)).items()
    ]
    left_out = LEFT_OUT if profile in ("full", "anndata") else ()
    return tidy(f"{NAME} {VERSION}", values, statistics, left_out)


def _wants(profile: str) -> Callable[[str], bool]:
    if profile == "vcc":
        return lambda name: name in VCC
    if profile == "pds":
        return lambda name: name == "discrimination_score_l1"
    if profile == "minimal":
        return lambda name: name in MINIMAL or name.startswith("de_nsig_counts")
    of_arrays = (*ERRORS, "pearson_delta", "pearson_edistance")
    is_of_arrays = lambda name: name in of_arrays or name.startswith("discrimination")  # noqa: E731
    if profile == "anndata":
        return is_of_arrays
    return (lambda name: not is_of_arrays(name)) if profile == "de" else bool


def _of_means(truth: Cells, answer: Cells) -> dict[str, ByLabel]:
    """Metrics of mean profiles, which have the width of the data."""
    names = truth.perturbations
    chosen = np.flatnonzero(truth.names != truth.control)
    means = [side.means.astype(side.X.dtype).astype(float) for side in (truth, answer)]
    Y, predicted = (mean[chosen] for mean in means)
    S, shift = (mean[chosen] - np.delete(mean, chosen, axis=0) for mean in means)
    found = {
        "pearson_delta": _pearson(S, shift),
        "mse": ((Y - predicted) ** 2).mean(axis=1),
        "mae": np.abs(Y - predicted).mean(axis=1),
        "mse_delta": ((S - shift) ** 2).mean(axis=1),
        "mae_delta": np.abs(S - shift).mean(axis=1),
    }
    for distance in ("l1", "l2", "cosine"):
        found[f"discrimination_score_{distance}"] = _discrimination(
            S, shift, names, truth.genes, distance
        )
    return {name: _by_label(names, values) for name, values in found.items()}


def _discrimination(
    S: np.ndarray, shift: np.ndarray, names: np.ndarray, genes: np.ndarray, distance: str
) -> np.ndarray:
    """1 - (rank from 0 of the own true shift) / P, the gene of the same name left out."""
    found = np.empty(len(names))
    for i, name in enumerate(names):
        kept = genes != name
        D = _distances(S[:, kept], shift[i, kept], distance)
        order = np.argsort(D)  # ties: as the sort leaves them, as there
        found[i] = 1.0 - np.flatnonzero(order == i)[0] / len(names)
    return found


def _distances(S: np.ndarray, one: np.ndarray, distance: str) -> np.ndarray:
    if distance == "l1":
        return np.asarray(np.abs(S - one).sum(axis=1))
    if distance == "l2":
        return np.asarray(((S - one) ** 2).sum(axis=1))
    lengths = np.linalg.norm(S, axis=1) * np.linalg.norm(one)
    return np.asarray(1.0 - S @ one / np.where(lengths > 0, lengths, 1.0))


def _edistance_correlation(truth: Cells, answer: Cells) -> float:
    """Correlation over perturbations of the real and the predicted distance to control."""
    both = np.array([_edistances(side) for side in (truth, answer)])
    return float(_pearson(both[:1], both[1:])[0])


def _edistances(cells: Cells) -> np.ndarray:
    """(p,) 2 E|x - y| - E|x - x'| - E|y - y'|, with the pairs of a cell and itself (V)."""
    control = cells.of(cells.control)
    within = mean_distance(control, control)
    return np.array(
        [
            2 * mean_distance(one, control) - mean_distance(one, one) - within
            for one in (cells.of(name) for name in cells.perturbations)
        ]
    )


def _pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Correlation of rows; NaN where a row is constant."""
    a, b = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    flat = (x == x[:, :1]).all(axis=1) | (y == y[:, :1]).all(axis=1)
    return np.where(flat, np.nan, (a * b).sum(axis=1) / np.where(size > 0, size, np.nan))


def _same(cells: Cells, value: float) -> ByLabel:
    return dict.fromkeys(map(str, cells.perturbations), value)


def _by_label(names: np.ndarray, values: np.ndarray) -> ByLabel:
    return {str(name): float(value) for name, value in zip(names, values, strict=True)}


def _described(by_label: Mapping[str, float], n: int) -> ByLabel:
    """Aggregate: what is absent is passed over, what is NaN makes the mean NaN."""
    values = np.array(list(by_label.values()), dtype=float)
    return {
        "mean": float(values.mean()) if len(values) else np.nan,
        "std": float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        "count": float(len(values)),
        "null_count": float(n - len(values)),
    }


def _logged(cells: Cells, allow_discrete: bool) -> Cells:
    """Normalise what has no fractions, and refuse what cannot be log1p, as cell-eval does."""
    X = cells.X
    stored = X.data if hasattr(X, "indptr") else X
    if allow_discrete:
        return cells
    if (np.modf(stored)[0] > EPSILON).any():
        low, high = float(stored.min(initial=0)), float(stored.max(initial=0))
        if low < 0 or high >= TOO_LARGE:
            raise BadValues(
                f"values from {low:.3g} to {high:.3g} are not log1p of anything for cell-eval",
                "give log1p values, or counts as whole numbers",
            )
        return cells
    if np.issubdtype(stored.dtype, np.integer):
        X = X.astype(np.float32)
    depth = np.asarray(X.sum(axis=1)).ravel().astype(X.dtype)
    divisor = depth / np.median(depth[depth > 0])  # ties between cells hang on this order
    divisor = np.where(divisor == 0, 1, divisor)
    if not hasattr(X, "indptr"):
        return cells.with_values(np.log1p(X / divisor[:, None]))
    scaled = X.copy()
    scaled.data = np.log1p(X.data / np.repeat(divisor, np.diff(X.indptr)))
    return cells.with_values(scaled)


def mean_baseline(real: Cells, *, as_delta: bool = False) -> Cells:
    """Return the baseline of the challenge: constant cells at the mean of the mean profiles.

    The row of the controls is averaged in with those of the perturbations. With `as_delta` the
    mean *shift* itself is written where an expression profile is expected. The controls follow.
    """
    chosen = real.names != real.control
    mean = real.means.mean(axis=0)
    if as_delta:
        mean = (real.means[chosen] - real.means[~chosen]).mean(axis=0)
    control = real.of(real.control)
    control = control.toarray() if hasattr(control, "indptr") else control
    labels = np.concatenate(
        [real.labels[real.labels != real.control], [real.control] * len(control)]
    )
    X = np.vstack([np.tile(mean, (len(labels) - len(control), 1)), control])
    return Cells(X, labels.astype(str), real.genes, real.control)


def combined(user: CompatScores, baseline: CompatScores) -> dict[str, float]:
    """Return each metric from the baseline, and ``avg_score``, the challenge's one number.

    (u - b) / (1 - b) where the best value is 1, 1 - u / b where it is 0; NaN counts as 0, and
    what is below 0 as 0.
    """
    names = [n for n in dict.fromkeys(user.table["metric"]) if not n.startswith("de_nsig_counts")]
    names.sort(key=lambda name: name not in ERRORS)
    found: dict[str, float] = {}
    for name in names:
        u, b = user.aggregate(name), baseline.aggregate(name)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = 1 - np.divide(u, b) if name in ERRORS else np.divide(u - b, 1 - b)
        found[name] = max(0.0, 0.0 if np.isnan(gain) else float(gain))
    return found | {"avg_score": float(np.mean(list(found.values())))}
