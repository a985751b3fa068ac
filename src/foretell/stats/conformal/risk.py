"""Risk: the lowest threshold whose false discoveries stay below a level in new units."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.stats.conformal.quantile import conformal_quantile, unit_weights

__all__ = ["call_threshold", "worst_fdp"]

Floats = NDArray[np.float64]

GRID = 4096  # thresholds that are tried; between two of them the stricter one stands


def call_threshold(
    scores: ArrayLike,
    is_true: ArrayLike,
    fdr: float,
    *,
    control: Literal["mean", "tail"] = "mean",
    confidence: float = 0.95,
    units: ArrayLike | None = None,
) -> float:
    """Return a threshold above which genes may be called differential.

    With FDP_i(t) the share of false ones among the genes of condition i that score above t (0
    where none does) and L_i(t) its maximum over all thresholds from t upwards, for K units

    - ``mean``: the smallest t with (1 + sum over units of their mean L_i(t)) / (K + 1) <= fdr:
      then E[FDP] <= fdr in a new unit;
    - ``tail``: the conformal quantile, at `confidence`, of the smallest t_i with L_i(t_i) <=
      fdr: then P(FDP <= fdr) >= `confidence` in a new unit.

    Both hold for any dependence between genes, since the unit is the condition. ``tail`` calls
    less.

    Parameters
    ----------
    scores : (n, g) larger = more likely differential; NaN = does not count.
    is_true : (n, g) True where the gene is differential.
    fdr : level in (0, 1).
    control, confidence : see above.
    units : (n,) codes of exchangeable units; None = every row is one.

    Returns
    -------
    float
        Call what scores above it; infinite where nothing may be called.

    Notes
    -----
    Cost: O(n g log g). Source: angelopoulos2024 (risk control), with the risk made monotone.

    >>> s = np.tile([3.0, 2.0, 1.0], (30, 1))
    >>> call_threshold(s, s > 1.5, fdr=0.2)
    1.0
    """
    s, true = np.asarray(scores, dtype=np.float64), np.asarray(is_true, dtype=bool)
    codes = np.arange(len(s)) if units is None else np.asarray(units)
    curves = [worst_fdp(row, hit) for row, hit in zip(s, true, strict=True)]
    if control == "tail":
        own = [_first_above(at, worst, fdr) for at, worst in curves]
        return float(conformal_quantile(np.array(own), confidence, codes))
    grid = np.unique(np.concatenate([at for at, _ in curves])) if curves else np.empty(0)
    if len(grid) > GRID:
        grid = grid[np.linspace(0, len(grid) - 1, GRID).astype(np.int64)]
    loss = np.zeros(len(grid))
    for weight, (at, worst) in zip(unit_weights(codes), curves, strict=True):
        called = len(at) - np.searchsorted(at[::-1], grid, side="right")  # distinct scores above
        loss += weight * np.concatenate([[0.0], worst])[called]
    k = len(np.unique(codes))
    allowed = (1.0 + loss) / (k + 1) <= fdr
    return float(grid[np.argmax(allowed)]) if allowed.any() else np.inf


def worst_fdp(scores: Floats, is_true: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the distinct scores, falling, and the worst FDP of calling down to each of them.

    Parameters
    ----------
    scores : (g,) NaN = does not count.
    is_true : (g,).

    Returns
    -------
    at : (k,) distinct scores, falling.
    worst : (k,) largest share of false calls among those that reach at[0], ..., at[j].

    >>> worst_fdp(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))[1]
    array([0. , 0.5, 0.5])
    """
    keep = ~np.isnan(scores)
    s, false = scores[keep], ~is_true[keep]
    order = np.argsort(-s, kind="stable")
    s, false = s[order], false[order]
    last = np.flatnonzero(np.append(s[1:] != s[:-1], True)) if len(s) else np.empty(0, np.int64)
    share = np.cumsum(false)[last] / (last + 1.0)
    return s[last], np.maximum.accumulate(share)


def _first_above(at: Floats, worst: Floats, fdr: float) -> float:
    """Return the highest score at which the worst share exceeds the level; -inf where none."""
    over = np.flatnonzero(worst > fdr)
    return float(at[over[0]]) if len(over) else -np.inf
