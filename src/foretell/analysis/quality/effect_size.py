"""Effect size: how strong each condition is, and whether that is beyond chance."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from foretell.core.dataset import Dataset
from foretell.data.filters.evidence import Groups, log_view
from foretell.data.filters.responders import effect_tests
from foretell.stats.gene_tests import gene_tests

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["count_differential", "differential_counts", "effect_size"]


def effect_size(
    dataset: Dataset, *, draws: int = 999, rank: int = 50, fdr: float = 0.05, seed: int = 0
) -> pd.DataFrame:
    """Measure the strength of every perturbed condition, and test it by permutation.

    On the leading principal axes of all observations together (the most variable genes after
    normalisation and log1p; no label is seen), with n treated and m control observations,

        distance2 = |mean_x - mean_y|^2 - tr(V_x) / n - tr(V_y) / m,
        strength = distance2 / tr(V_y).

    The two noise terms are what the plain squared distance is too large by; without them, small
    conditions look strong. So distance2 is unbiased, and about half of the conditions without
    any effect come out negative. A strength of 1 is a move as long as cells differ from each other.
    The p-value is (1 + b) / (1 + B) over B permutations of who is treated, within the blocks that
    controls share, adjusted over all conditions.

    Right where observations are exchangeable under the null. Wrong where they are not: cells of
    one animal or well are no replicates, and p-values are then too small; use `pseudobulk`. What
    moves a few weakly expressed genes only may be lost among the axes: see `n_de`. With B draws no
    p-value is below 1 / (1 + B). A single observation borrows its spread from the controls.

    Parameters
    ----------
    dataset : on any scale, in memory or on disk.
    draws : permutations.
    rank : principal axes.
    fdr : of `significant` and `n_de`.
    seed : of the permutations.

    Returns
    -------
    One row per perturbed condition: `condition`, `context`, `n`, `n_control`, `distance2`,
    `strength`, `rms_shift` (root mean square over genes of the plain shift, noise included; the
    one that relative scales have too), `n_de` (genes that differ by a
    moderated t test), `p`, `q`,
    `significant` (None without a test), `status` (``ok`` or ``n/a``), `reason`.

    Notes
    -----
    Cost: about six passes over the data, then O(draws min(n, m) rank) per condition; memory
    O(observations x rank + groups x genes).
    Source: gretton2012 (statistic), phipson2010 (p-value), peidli2024 (the question).
    """
    import pandas as pd

    tests = effect_tests(dataset, draws=draws, rank=rank, seed=seed)
    groups = tests.groups
    view = log_view(dataset)
    n_de, rms = differential_counts(view, groups, fdr)
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = np.where(tests.spread > 0, tests.distance2 / tests.spread, np.nan)
    tested = ~np.isnan(tests.p)
    return pd.DataFrame(
        {
            "condition": [dataset.label(c) for c in groups.conditions],
            "context": [str(c.context) for c in groups.conditions],
            "n": groups.n[: len(groups.conditions)],
            "n_control": groups.control_n,
            "distance2": tests.distance2,
            "strength": strength,
            "rms_shift": rms,
            "n_de": n_de,
            "p": tests.p,
            "q": tests.q,
            "significant": pd.Series(
                [bool(q < fdr) if ok else None for q, ok in zip(tests.q, tested, strict=True)],
                dtype=object,
            ),
            "status": np.where(tested, "ok", "n/a"),
            "reason": list(tests.reason),
        }
    )


def differential_counts(
    view: Dataset, groups: Groups, fdr: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    """Count the genes that differ from the controls, and the size of the plain shift.

    Returns
    -------
    (n,) genes by a moderated t test, NaN where no test was possible; (n,) root mean square shifts.
    """
    k = len(groups.conditions)
    moments = view.moments(groups.codes, groups.n_groups)
    mean, variance = moments.mean, moments.variance
    n_de, rms = np.full((2, k), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a row without any measured value
        for control in np.unique(groups.control):
            at = np.flatnonzero(groups.control == control)
            base = mean[control] if control >= 0 else np.zeros(mean.shape[1])
            rms[at] = np.sqrt(np.nanmean((mean[at] - base) ** 2, axis=1))
            if control < 0 or groups.n[control] < 2:
                continue
            at = at[groups.n[at] > 1]
            m = int(groups.n[control])
            n_de[at] = count_differential(
                mean[at], variance[at], groups.n[at], base, variance[control], m, fdr
            )
    return n_de, rms


def count_differential(
    mean: np.ndarray,
    variance: np.ndarray,
    n: np.ndarray,
    control_mean: np.ndarray,
    control_variance: np.ndarray,
    control_n: int,
    fdr: float,
) -> np.ndarray:
    """(k,) genes per row of `mean` (k, n_genes) that differ from the controls, by a moderated t."""
    every = np.ones(mean.shape, dtype=bool)
    tests = gene_tests(mean, variance, n, control_mean, control_variance, control_n, every, fdr=fdr)
    count: np.ndarray = tests.called.sum(axis=1)
    return count
