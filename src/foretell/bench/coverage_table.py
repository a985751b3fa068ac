"""Coverage table: from scores to how often the bands of every model hold, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.bench.coverage import TERTILES, stratum, tertiles
from foretell.core.evaluation import Evaluation
from foretell.core.seeds import rng_for

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "coverage_table"]

COLUMNS = (
    *("dataset", "split", "model", "by", "stratum", "nominal", "coverage", "low", "high"),
    *("n", "infinite", "verdict"),
)
ENDLESS = "every band is infinite: nothing is claimed"
BY_EXPRESSION = {name: f"coverage[{name}_expression]" for name in TERTILES}


def coverage_table(
    evaluation: Evaluation, nominal: Mapping[str, float], *, draws: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Tabulate coverage in all, and by thirds of true strength, expression and novelty.

    Every cluster of conditions has one vote; intervals are of a bootstrap over clusters. Below
    forty clusters nothing is claimed. Thirds of expression are there where the study names the
    metrics ``coverage[low_expression]`` and so on, those of novelty where the split measured it.

    Parameters
    ----------
    evaluation : of a study with the metric ``coverage``.
    nominal : label of a model -> what its bands claim.
    draws, seed : of the bootstrap.
    """
    import pandas as pd

    frame = evaluation.frame
    asked = {"coverage", "interval_infinite", *BY_EXPRESSION.values()}
    frame = frame[frame["metric"].isin(asked) & frame["model"].isin(list(nominal))]
    rows: list[dict[str, Any]] = []
    for (dataset, split, model), part in frame.groupby(["dataset", "split", "model"], sort=False):
        place = {"dataset": dataset, "split": split, "model": model}
        level = nominal[str(model)]
        rng = rng_for(coverage=dataset, split=split, model=model, seed=seed)
        for by, name, shares, endless in _strata(part):
            found = stratum(by, name, shares, endless, level, rng, draws)
            if not found.n and (by != "all" or not endless):
                continue  # where every band is infinite, one row says so
            rows.append(
                place
                | {"by": by, "stratum": name, "nominal": level, "coverage": found.coverage}
                | {"low": found.lower, "high": found.upper, "n": found.n}
                | {"infinite": endless, "verdict": found.verdict if found.n else ENDLESS}
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _strata(part: pd.DataFrame) -> Iterator[tuple[str, str, np.ndarray, float]]:
    """Yield property, stratum, coverage of each cluster, and the share of infinite bands."""
    values = part.pivot_table(
        index="condition", columns="metric", values="value", aggfunc="mean", dropna=False
    )
    about = part.groupby("condition")[["strength", "novelty"]].mean().reindex(values.index)
    cluster = part.groupby("condition")["cluster"].first().reindex(values.index).to_numpy(str)
    if "coverage" not in values:
        return
    covered = values["coverage"].to_numpy(float)
    endless = (
        values["interval_infinite"].to_numpy(float)
        if "interval_infinite" in values
        else np.zeros(len(values))
    )
    yield "all", "all", _votes(covered, cluster), _mean(endless)
    for by in ("strength", "novelty"):
        measured = about[by].to_numpy(float)
        if np.isfinite(measured).any():
            for name, rows in tertiles(measured):
                yield by, name, _votes(covered[rows], cluster[rows]), _mean(endless[rows])
    for name, metric in BY_EXPRESSION.items():
        if metric in values:
            shares = values[metric].to_numpy(float)
            yield "expression", name, _votes(shares, cluster), _mean(endless)


def _votes(shares: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Average over the conditions of a cluster."""
    known = np.isfinite(shares)
    _, code = np.unique(cluster[known], return_inverse=True)
    votes: np.ndarray = np.bincount(code, shares[known]) / np.maximum(np.bincount(code), 1)
    return votes


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0
