"""Saturation: whether more cells would show more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.analysis.quality.effect_size import count_differential, differential_counts
from foretell.core.dataset import Dataset
from foretell.core.seeds import rng_for
from foretell.data.filters.evidence import Groups, groups_of, log_view
from foretell.stats.correlation import pearson_rows
from foretell.stats.reliability import spearman_brown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["saturation", "saturation_curve"]

FIRST = 5  # cells per half of the first point of the curve; every point doubles them
GAIN = 0.05
NOISE = 2.0  # times 1 / sqrt(genes): what a correlation without any signal may reach
RELATIVE = "a relative scale has no control observations to divide"


def saturation(
    dataset: Dataset, *, repeats: int = 2, fdr: float = 0.05, seed: int = 0
) -> pd.DataFrame:
    """Measure how reproducible the shift of every condition is, and what more cells would give.

        split_half = corr(mean of one half - control_A, mean of the other half - control_B),
        reproducibility = 2 split_half / (1 + |split_half|),
        at_double = 4 split_half / (1 + 3 split_half),

    averaged over `repeats` random halvings of the cells and of the controls. The first is about
    half of the data; the formula of Spearman and Brown projects it to all of them, and to twice
    as many, treated and control alike. More cells help where that gains more than 0.05, and where
    there is something to gain: a split half above 2 / sqrt(genes), which noise alone may reach.

    Right for many genes whose noise is of one kind. Wrong for a handful of genes, where the
    correlation itself is noise, and for cells that are not independent: then more samples help,
    not more cells. What cannot be reproduced because there is no effect stays near 0 with any
    number of cells; read it beside `effect_size`.

    Returns
    -------
    One row per perturbed condition: `condition`, `context`, `n`, `n_control`, `split_half`,
    `reproducibility`, `at_double`, `gain`, `more_help` (None where unknown), `n_de` (genes that
    differ, all cells), `status`, `reason`.

    Notes
    -----
    Cost: `repeats` + 2 passes over the data; memory 2 groups x 2,000 genes.
    Source: spearman1910, brown1910.
    """
    import pandas as pd

    groups, view = groups_of(dataset), log_view(dataset)
    k = len(groups.conditions)
    names = {
        "condition": [dataset.label(c) for c in groups.conditions],
        "context": [str(c.context) for c in groups.conditions],
        "n": groups.n[:k],
        "n_control": groups.control_n,
    }
    if dataset.scale.is_relative:
        half, n_de = np.full((2, k), np.nan)
    else:
        half = np.mean([_split_half(view, groups, r, seed) for r in range(repeats)], axis=0)
        n_de = differential_counts(view, groups, fdr)[0]
    full, double = spearman_brown(half, 2.0), spearman_brown(half, 4.0)
    gain = double - full
    known = ~np.isnan(half)
    helps = (gain > GAIN) & (half > NOISE / np.sqrt(len(view.genes)))
    reason = [_reason(dataset, groups, i, known[i]) for i in range(k)]
    return pd.DataFrame(
        names
        | {
            "split_half": half,
            "reproducibility": full,
            "at_double": double,
            "gain": gain,
            "more_help": pd.Series(
                [bool(h) if ok else None for h, ok in zip(helps, known, strict=True)],
                dtype=object,
            ),
            "n_de": n_de,
            "status": np.where(known, "ok", "n/a"),
            "reason": reason,
        }
    )


def saturation_curve(
    dataset: Dataset, *, most: int = 100, fdr: float = 0.05, seed: int = 0
) -> pd.DataFrame:
    """Follow reproducibility and differential genes as cells are added.

    Cells of every condition are put in a random order and dealt to two halves; with the first
    k cells of each half, k = 5, 10, 20, ..., the correlation between the halves' shifts is what a
    repetition with k cells would give (each against its own half of the controls), and the first
    half is tested against all controls. Points of one condition share cells, so a curve is smoother
    than its error.

    Parameters
    ----------
    most : conditions that are followed, drawn at random where there are more.
    fdr : of the differential genes.

    Returns
    -------
    One row per condition and number of cells: `condition`, `context`, `n_cells`,
    `reproducibility`, `n_de`. Empty on a relative scale, and for conditions below 10 cells.

    Notes
    -----
    Cost: two passes over the data. Memory: 20 x `most` groups x 2,000 genes at worst.
    """
    import pandas as pd

    columns = ["condition", "context", "n_cells", "reproducibility", "n_de"]
    groups = groups_of(dataset)
    k = len(groups.conditions)
    enough = (groups.n[:k] >= 2 * FIRST) & (groups.control_n >= 4)
    chosen = np.flatnonzero(enough)
    if dataset.scale.is_relative or not len(chosen):
        return pd.DataFrame(columns=columns)
    rng = rng_for(curve="conditions", dataset=dataset.name, seed=seed)
    chosen = np.sort(rng.permutation(chosen)[:most])
    view = log_view(dataset)
    side, rank = _dealt(groups.codes, rng_for(curve="cells", dataset=dataset.name, seed=seed))
    levels = _levels(int(groups.n[chosen].max()) // 2)
    treated, control = _parts(view, groups, chosen, side, rank, levels)
    records: list[dict[str, Any]] = []
    for at, size in enumerate(levels):
        has = np.flatnonzero(groups.n[chosen] // 2 >= size)
        where = groups.control[chosen[has]] - k
        r = _correlated(treated.mean[has, :, at], control.mean[where])
        called = _called(treated, control, has, where, at, fdr)
        for i, value, n_de in zip(chosen[has], r, called, strict=True):
            c = groups.conditions[i]
            names = {"condition": dataset.label(c), "context": str(c.context)}
            records.append(
                names | {"n_cells": size, "reproducibility": float(value), "n_de": int(n_de)}
            )
    return pd.DataFrame(records, columns=columns).sort_values(
        ["condition", "n_cells"], ignore_index=True
    )


def _split_half(view: Dataset, groups: Groups, repeat: int, seed: int) -> np.ndarray:
    """(n_conditions,) correlation of the shifts of two halves, each with its half of controls."""
    rng = rng_for(halves="saturation", dataset=view.name, repeat=repeat, seed=seed)
    side, _ = _dealt(groups.codes, rng)
    k = len(groups.conditions)
    codes = np.where(groups.codes >= 0, 2 * groups.codes + side, -1)
    mean = view.moments(codes, 2 * groups.n_groups, squares=False).mean
    mean = mean.reshape(groups.n_groups, 2, -1)
    ok = np.flatnonzero((groups.n[:k] >= 2) & (groups.control_n >= 2))
    found = np.full(k, np.nan)
    for start in range(0, len(ok), 512):
        at = ok[start : start + 512]
        found[at] = _correlated(mean[at], mean[groups.control[at]])
    return found


def _dealt(codes: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(n_obs,) half of each observation and its place there, in a random order per group."""
    order = np.lexsort((rng.random(len(codes)), codes))
    rank = np.empty(len(codes), dtype=np.int64)
    rank[order] = np.arange(len(codes)) - np.searchsorted(codes[order], codes[order])
    return rank % 2, rank // 2


def _levels(largest: int) -> list[int]:
    """Cells per half of the points of a curve."""
    levels = [FIRST]
    while 2 * levels[-1] <= largest:
        levels.append(2 * levels[-1])
    return levels


@dataclass(frozen=True, eq=False)
class _Joined:
    """Moments of nested groups: counts (...), means and unbiased variances (..., n_genes)."""

    n: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def _cumulated(n: np.ndarray, mean: np.ndarray, variance: np.ndarray, axis: int) -> _Joined:
    """Join each group with those before it on an axis (chan1983)."""
    mean, k = np.nan_to_num(mean), n[..., None].astype(float)
    total = np.cumsum(k, axis=axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        joined = np.cumsum(k * mean, axis=axis) / total
        squares = np.nan_to_num(variance) * np.maximum(k - 1, 0) + k * mean**2
        spread = np.cumsum(squares, axis=axis) - total * joined**2
        return _Joined(total[..., 0], joined, np.maximum(spread, 0.0) / (total - 1))


def _parts(
    view: Dataset,
    groups: Groups,
    chosen: np.ndarray,
    side: np.ndarray,
    rank: np.ndarray,
    levels: list[int],
) -> tuple[_Joined, _Joined]:
    """Moments of the first cells of both halves, (n, 2, n_levels), and of the controls.

    The means of the controls are those of one half, the other half, and all: (contexts, 3).
    """
    k, depth = len(groups.conditions), len(levels)
    place = np.full(groups.n_groups + 1, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    mine, bucket = place[groups.codes], np.searchsorted(levels, rank, side="right")
    is_mine = (mine >= 0) & (bucket < depth)
    n_treated = 2 * depth * len(chosen)
    codes = np.where(is_mine, (2 * mine + side) * depth + bucket, -1)
    control = groups.codes - k
    codes = np.where(control >= 0, n_treated + 2 * control + side, codes)
    total = n_treated + 2 * len(groups.contexts)
    moments = view.moments(codes, total)
    n, mean, variance = moments.n, moments.mean, moments.variance
    shape = (len(chosen), 2, depth)
    treated = _cumulated(
        n[:n_treated].reshape(shape),
        mean[:n_treated].reshape(*shape, -1),
        variance[:n_treated].reshape(*shape, -1),
        axis=2,
    )
    pair = (len(groups.contexts), 2)
    halves = mean[n_treated:].reshape(*pair, -1)
    whole = _cumulated(
        n[n_treated:].reshape(pair), halves, variance[n_treated:].reshape(*pair, -1), axis=1
    )
    joined = np.concatenate([halves, whole.mean[:, 1:]], axis=1)  # two halves, then all
    return treated, _Joined(whole.n[:, 1], joined, whole.variance[:, 1])


def _correlated(pair: np.ndarray, control: np.ndarray) -> np.ndarray:
    """Correlate shifts of halves (n, 2, n_genes), each against its own half of the controls."""
    values = [
        pearson_rows(pair[:, 0] - control[:, a], pair[:, 1] - control[:, 1 - a])[0] for a in (0, 1)
    ]
    found: np.ndarray = np.mean(values, axis=0)
    return found


def _called(
    treated: _Joined, control: _Joined, has: np.ndarray, where: np.ndarray, at: int, fdr: float
) -> np.ndarray:
    """(n,) genes that differ between the first cells of one half and all controls."""
    called = np.zeros(len(has), dtype=np.int64)
    for c in np.unique(where):
        i = np.flatnonzero(where == c)
        rows = has[i]
        called[i] = count_differential(
            treated.mean[rows, 0, at],
            treated.variance[rows, 0, at],
            treated.n[rows, 0, at],
            control.mean[c, 2],
            control.variance[c],
            int(control.n[c]),
            fdr,
        )
    return called


def _reason(dataset: Dataset, groups: Groups, i: int, known: bool) -> str:
    if known:
        return ""
    if dataset.scale.is_relative:
        return RELATIVE
    if groups.n[i] < 2:
        return "a single observation cannot be divided"
    if groups.control_n[i] < 2:
        return "fewer than 2 control observations"
    return "the shifts are constant"
