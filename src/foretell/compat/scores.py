"""Scores: what an evaluator says of a prediction, as one tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CompatScores", "tidy"]


@dataclass(frozen=True, eq=False)
class CompatScores:
    """Numbers of one evaluator.

    Parameters
    ----------
    evaluator : name and version that is reproduced.
    table : columns ``perturbation``, ``metric``, ``value``; a perturbation that the evaluator
        leaves out of a metric has no row, one that it scores NaN has a row with NaN.
    aggregates : columns ``metric``, ``statistic``, ``value``, summed up as the evaluator does.
    left_out : metrics of the evaluator that are not reproduced, with the reason.
    """

    evaluator: str
    table: pd.DataFrame
    aggregates: pd.DataFrame
    left_out: tuple[tuple[str, str], ...] = ()

    def wide(self) -> pd.DataFrame:
        """Return one row per perturbation and one column per metric."""
        return self.table.pivot_table(  # duplicates cannot occur: one value per pair
            index="perturbation", columns="metric", values="value", sort=True, dropna=False
        )

    def aggregate(self, metric: str, statistic: str = "mean") -> float:
        """Return one aggregate."""
        found = self.aggregates
        here = (found["metric"] == metric) & (found["statistic"] == statistic)
        return float(found.loc[here, "value"].iloc[0])


def tidy(
    evaluator: str,
    values: Mapping[str, Mapping[str, float]],
    statistics: Iterable[tuple[str, str, float]],
    left_out: tuple[tuple[str, str], ...] = (),
) -> CompatScores:
    """Lay out values by metric and perturbation, and (metric, statistic, value) aggregates."""
    import pandas as pd

    rows = [
        (str(perturbation), metric, float(value))
        for metric, by_label in values.items()
        for perturbation, value in by_label.items()
    ]
    return CompatScores(
        evaluator=evaluator,
        table=pd.DataFrame(rows, columns=["perturbation", "metric", "value"]),
        aggregates=pd.DataFrame(list(statistics), columns=["metric", "statistic", "value"]),
        left_out=left_out,
    )
