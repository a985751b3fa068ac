"""Distance: how a score falls as test conditions resemble training less and less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.bench.results import Results, primary_of
from foretell.core.errors import UnknownName, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["distance", "scores_by_distance"]

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#6B7280", "#000000")
MARKERS = "osD^vP*X"


def scores_by_distance(
    results: Results, *, dataset: str | None = None, metric: str | None = None
) -> pd.DataFrame:
    """Return one row per model, split and test condition that has a distance to training.

    Columns: `model`, `split`, `condition`, `distance`, `value`; repeats are averaged. Distances
    are recorded by splits of the rule ``graded``.

    Errors: `UnknownName` where the study has no such data set or metric, or no distances.
    """
    import pandas as pd

    measured = [split for split in results.splits if split.get("distance") is not None]
    names = list(dict.fromkeys(split["dataset"] for split in measured))
    if not names:
        raise UnknownName(
            "no split of this study records distances to training",
            'add [[datasets.splits]] with rule = "graded" and several levels',
        )
    dataset = _one_of("data set", dataset, names)
    frame = results.evaluation.frame
    metrics = list(dict.fromkeys(map(str, frame["metric"])))
    metric = _one_of("metric", metric or primary_of(results.study, dataset), metrics)
    far = pd.DataFrame(
        [
            {"split": s["split"], "repeat": s["repeat"], "fold": s["fold"]}
            | {"condition": condition, "distance": d}
            for s in measured
            if s["dataset"] == dataset
            for condition, d in zip(s["test"], s["distance"], strict=True)
        ]
    )
    here = frame[(frame["dataset"] == dataset) & (frame["metric"] == metric)]
    joined = here.merge(far, on=["split", "repeat", "fold", "condition"], how="inner")
    keys = ["model", "split", "condition"]
    means = joined.groupby(keys, sort=False)[["distance", "value"]].mean().reset_index()
    return means.dropna(subset=["value"])


def distance(
    results: Results,
    *,
    dataset: str | None = None,
    metric: str | None = None,
    bins: int = 5,
    ax: Axes | None = None,
    return_data: bool = False,
) -> Axes | tuple[Axes, pd.DataFrame]:
    """Draw the mean score of every model against the distance of conditions to training.

    Good for seeing where a method stops generalising; with few conditions per bin the lines are
    noise. Conditions are dealt to bins of equal number by their distance, the same for all models.

    Parameters
    ----------
    bins : 1 or more; fewer where distances tie.
    ax, return_data : as in `foretell.plot.leaderboard`.

    Returns
    -------
    The axes, or the axes and the table of `scores_by_distance`.
    """
    import matplotlib.pyplot as plt

    data = scores_by_distance(results, dataset=dataset, metric=metric)
    metric = metric or primary_of(results.study, _dataset_of(results, dataset))
    edges = np.unique(np.quantile(data["distance"], np.linspace(0, 1, max(bins, 1) + 1)))
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for i, (model, part) in enumerate(data.groupby("model", sort=False)):
        x, y = _binned(part["distance"].to_numpy(), part["value"].to_numpy(), edges)
        style: dict[str, Any] = {"color": PALETTE[i % 8], "marker": MARKERS[i % 8], "ms": 5}
        ax.plot(x, y, lw=1.5, label=str(model), **style)
    ax.set_xlabel("distance to the nearest training condition", fontsize=9)
    ax.set_ylabel(metric, fontsize=9, parse_math=False)
    ax.spines[["right", "top"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return (ax, data) if return_data else ax


def _dataset_of(results: Results, dataset: str | None) -> str:
    named = [s["dataset"] for s in results.splits if s.get("distance") is not None]
    return dataset or str(named[0])


def _binned(x: np.ndarray, y: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean distance and score per bin that holds anything."""
    if len(edges) < 2:
        return np.array([x.mean()]), np.array([y.mean()])
    bin_of = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    held = np.unique(bin_of)
    means = [(x[bin_of == b].mean(), y[bin_of == b].mean()) for b in held]
    middle, score = np.array(means).T
    return middle, score


def _one_of(what: str, wanted: str | None, known: list[str]) -> str:
    if wanted is None:
        return known[0]
    if wanted not in known:
        raise UnknownName(f"there is no {what} '{wanted}' here", did_you_mean(wanted, known))
    return wanted
