"""Summary: a few numbers per table of a data card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.analysis.quality.cells import CONFOUNDED
from foretell.core.seeds import rng_for
from foretell.stats.resampling import bootstrap_interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEW_CELLS", "curve_means", "summaries_of"]

FEW_CELLS = 20
DRAWS = 2000


def summaries_of(tables: dict[str, pd.DataFrame], seed: int = 0) -> dict[str, dict[str, Any]]:
    """Summarise the tables of a card; intervals resample conditions."""
    return {
        "cells": _cells(tables["cells"]),
        "targets": _targets(tables["targets"]),
        "effects": _effects(tables["effects"]),
        "guides": _guides(tables["guides"], seed),
        "saturation": _saturation(tables["saturation"], seed),
        "curve": {"points": curve_means(tables["curve"])},
    }


def curve_means(curve: pd.DataFrame) -> list[dict[str, Any]]:
    """Average a saturation curve over the conditions that reach its end.

    The end is the largest number of cells that at least half of the conditions have. Conditions
    that do not reach it are left out of every point, so that the points compare like with like.
    """
    if not len(curve):
        return []
    largest = curve.groupby("condition", sort=True)["n_cells"].max().to_numpy()
    sizes = sorted(curve["n_cells"].unique())
    end = max(s for s in sizes if (largest >= s).mean() >= 0.5)
    reached = curve.groupby("condition", sort=True)["n_cells"].transform("max") >= end
    kept = curve[reached & (curve["n_cells"] <= end)]
    points = kept.groupby("n_cells", sort=True)
    return [
        {
            "n_cells": int(size),
            "n_conditions": len(part),
            "reproducibility": _mean(part["reproducibility"]),
            "n_de": _mean(part["n_de"]),
        }
        for size, part in points
    ]


def _mean(values: pd.Series) -> float:
    known = values.dropna()
    return float(known.mean()) if len(known) else float("nan")


def _median(values: pd.Series) -> float:
    known = values.dropna()
    return float(known.median()) if len(known) else float("nan")


def _count(flags: pd.Series) -> int:
    """Count True among True, False and None."""
    return int((flags == True).sum())  # noqa: E712 - None is neither


def _interval(values: pd.Series, name: str, seed: int) -> dict[str, float]:
    numbers = values.dropna().to_numpy(dtype=float)
    if not len(numbers):
        return {"mean": float("nan"), "low": float("nan"), "high": float("nan")}
    found = bootstrap_interval(numbers, DRAWS, rng_for(card=name, seed=seed))
    return {"mean": float(found.mean), "low": float(found.lower), "high": float(found.upper)}


def _cells(table: pd.DataFrame) -> dict[str, Any]:
    control = table["is_control"].astype(bool)
    n = table.loc[~control, "n"]
    delta = table["depth_delta"].abs()
    return {
        "smallest": int(n.min()) if len(n) else 0,
        "median": _median(n),
        "largest": int(n.max()) if len(n) else 0,
        "n_small": int((n < FEW_CELLS).sum()),
        "median_counts": _median(table["median_counts"]),
        "median_counts_controls": _median(table.loc[control, "median_counts"]),
        "median_genes": _median(table["median_genes"]),
        "median_mito": _median(table["median_mito"]),
        "n_depth_known": int(delta.notna().sum()),
        "n_confounded": int((delta >= CONFOUNDED).sum()),
        "n_mito_confounded": int((table["mito_delta"].abs() >= CONFOUNDED).sum()),
    }


def _targets(table: pd.DataFrame) -> dict[str, Any]:
    judged = table[table["status"] == "ok"]
    return {
        "n": len(table),
        "n_measured": int((table["reason"] != "not measured").sum()),
        "n_judged": len(judged),
        "n_direction": int(table["as_expected"].notna().sum()),
        "n_as_expected": _count(table["as_expected"]),
        "n_moved": _count(judged["moved"]),
        "median_remaining": _median(judged["remaining"]),
    }


def _effects(table: pd.DataFrame) -> dict[str, Any]:
    tested, n_significant = int((table["status"] == "ok").sum()), _count(table["significant"])
    return {
        "n": len(table),
        "n_tested": tested,
        "n_significant": n_significant,
        "share": n_significant / tested if tested else float("nan"),
        "median_strength": _median(table["strength"]),
        "median_n_de": _median(table["n_de"]),
    }


def _guides(table: pd.DataFrame, seed: int) -> dict[str, Any]:
    judged = table[table["status"] == "ok"]
    return {
        "n": len(judged),
        **_interval(judged["agreement"], "guides", seed),
        "null_mean": _mean(judged["null_mean"]),
        "n_above_null": _count(judged["above_null"]),
        "n_with_null": int(judged["null_high"].notna().sum()),
    }


def _saturation(table: pd.DataFrame, seed: int) -> dict[str, Any]:
    judged = table[table["status"] == "ok"]
    return {
        "n": len(judged),
        **_interval(judged["reproducibility"], "saturation", seed),
        "median": _median(judged["reproducibility"]),
        "at_double": float(np.nan) if not len(judged) else _mean(judged["at_double"]),
        "n_more_help": _count(judged["more_help"]),
    }
