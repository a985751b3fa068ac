"""Board of a score: one row per metric, with intervals, floor, ceiling and what is marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.metric import Metric
from foretell.core.seeds import rng_for
from foretell.stats.comparison.inversion import flip_ratio_interval, flips_of
from foretell.stats.resampling import bootstrap_interval, bootstrap_weights

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BOARD", "make_board"]

LEVEL, DRAWS = 0.95, 2000
MIN_CONDITIONS = 8  # fewer are cases: values without intervals
BOARD = (
    "metric",
    "value",
    "low",
    "high",
    "floor",
    "ceiling",
    "oracle",
    "calibrated",
    "calibrated_low",
    "calibrated_high",
    "is_informative",
    "crossed",
    "calibrated_crossed",
    "inflation",
    "n_conditions",
    "n_missing",
    "n_na",
    "reason",
)


def make_board(table: pd.DataFrame, metrics: Sequence[Metric], seed: int) -> pd.DataFrame:
    """Sum up a score's table, metric by metric.

    Conditions of one perturbation in several contexts are averaged first; perturbations are what
    is resampled. ``calibrated`` is (value - floor) / (ceiling - floor), a ratio of means, not
    clipped; it is given where the ceiling is better than the floor beyond doubt, at a level
    corrected for the number of metrics. ``calibrated_crossed`` is the same with divided controls.
    """
    import pandas as pd

    draws = _Draws(seed)
    rows = [_row(table[table["metric"] == m.name], m, len(metrics), draws) for m in metrics]
    return pd.DataFrame(rows, columns=list(BOARD))


class _Draws:
    """Bootstrap weights, the same for all metrics with as many perturbations."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.known: dict[int, np.ndarray] = {}

    def rng(self) -> np.random.Generator:
        """Return the generator that the weights come from."""
        return rng_for(score="bootstrap", seed=self.seed)

    def weights(self, n: int) -> np.ndarray:
        """(draws, n) weights."""
        if n not in self.known:
            self.known[n] = bootstrap_weights(n, DRAWS, self.rng())
        return self.known[n]


def _row(part: pd.DataFrame, metric: Metric, n_metrics: int, draws: _Draws) -> dict[str, Any]:
    names = ["value", "floor", "ceiling", "oracle", "crossed", "inflation"]
    names += ["crossed_floor", "crossed_ceiling"]
    units = part.dropna(subset=["value"]).groupby("cluster", sort=True)[names].mean()
    no_value = part["value"].isna()
    reasons = part.loc[no_value & (part["reason"] != ""), "reason"]
    row: dict[str, Any] = {
        "metric": metric.name,
        "n_conditions": int((~no_value).sum()),
        "n_missing": int((part["status"] == "missing").sum()),
        "n_na": int(no_value.sum()),
        "reason": str(reasons.mode().iloc[0]) if len(reasons) else "",
        "is_informative": False,
    }
    if not len(units):
        return row
    row |= {name: float(units[name].mean()) for name in names if name in BOARD}
    if len(units) < MIN_CONDITIONS:
        return row
    return row | _intervals(units, metric, n_metrics, draws)


def _intervals(
    units: pd.DataFrame, metric: Metric, n_metrics: int, draws: _Draws
) -> dict[str, Any]:
    value, floor, ceiling = (units[name].to_numpy(float) for name in ("value", "floor", "ceiling"))
    rng = draws.rng()
    whole = bootstrap_interval(value, DRAWS, rng, LEVEL, draws.weights(len(value)), expand=True)
    found: dict[str, Any] = {"low": float(whole.lower), "high": float(whole.upper)}
    paired = np.isfinite(value) & np.isfinite(floor) & np.isfinite(ceiling)
    if metric.higher_is_better is None or paired.sum() < MIN_CONDITIONS:
        return found
    gain, span = (value - floor)[paired], (ceiling - floor)[paired]
    weights = draws.weights(len(gain))
    doubt = 1 - (1 - LEVEL) / n_metrics
    ends = bootstrap_interval(span, DRAWS, rng, doubt, weights, expand=True)
    better = ends.lower > 0 if metric.higher_is_better else ends.upper < 0
    found["is_informative"] = bool(better)
    if better:
        found["calibrated_crossed"] = _of_divided(units)
        signs = flips_of(len(gain), DRAWS, draws.rng())  # as in a study's leaderboard
        ratio = flip_ratio_interval(gain, span, np.arange(len(gain)), signs, LEVEL)
        found |= {
            "calibrated": float(ratio.ratio) + 0.0,
            "calibrated_low": float(ratio.lower),
            "calibrated_high": float(ratio.upper),
        }
    return found


def _of_divided(units: pd.DataFrame) -> float:
    """Calibrated score where true and predicted shifts share no controls."""
    known = units[["crossed", "crossed_floor", "crossed_ceiling"]].dropna()
    if len(known) < MIN_CONDITIONS:
        return float("nan")
    value, floor, ceiling = known.mean()
    return float((value - floor) / (ceiling - floor))
