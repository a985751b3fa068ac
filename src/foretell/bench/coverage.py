"""Coverage: how often bands hold, in all and by strength, expression and novelty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.stats.resampling import bootstrap_interval
from foretell.uncertainty.prepare import CLAIM

__all__ = ["CLAIM", "TERTILES", "Stratum", "coverage_by_stratum", "stratum", "tertiles"]

TERTILES = ("low", "middle", "high")


@dataclass(frozen=True)
class Stratum:
    """Coverage of one part of the conditions, or of the genes.

    Parameters
    ----------
    by : ``all``, ``strength``, ``expression`` or ``novelty``.
    name : ``all``, ``low``, ``middle`` or ``high``.
    coverage : share of finite bands that hold, each condition (or cluster) one vote.
    lower, upper : its bootstrap interval over conditions (clusters); NaN below `CLAIM`.
    n : conditions (clusters) with a finite band.
    infinite : share of bands that are infinite, left out of the coverage.
    verdict : ``holds`` where the interval reaches the nominal level, ``falls short`` where it
        does not, or why nothing is claimed.
    """

    by: str
    name: str
    coverage: float
    lower: float
    upper: float
    n: int
    infinite: float
    verdict: str


def coverage_by_stratum(
    truth: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    mask: np.ndarray,
    nominal: float,
    *,
    strength: np.ndarray,
    expression: np.ndarray,
    novelty: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    rng: np.random.Generator,
    draws: int = 2000,
) -> list[Stratum]:
    """Tabulate coverage in all, and by tertile of what a reader worries about.

    Parameters
    ----------
    truth : (n, g) measured means at full depth.
    lower, upper : (n, g) bands; infinite ones are counted, not scored.
    mask : (n, g) True for genes that count.
    nominal : what the bands claim.
    strength : (n,) true effect size of each condition; it selects after the fact, so that even
        honest bands fall short among the strong where the model cannot foresee strength.
    expression : (g,) mean expression of each gene among the controls.
    novelty : (n,) distance to training; NaN = unknown: left out of these strata.
    cluster : (n,) perturbation of each condition, where several contexts share it; conditions of a
        cluster are averaged, and clusters resampled.
    rng, draws : of the bootstrap.

    Returns
    -------
    One record for all, then three per property, lowest first.
    """
    finite = np.isfinite(lower) & np.isfinite(upper)
    inside = (lower <= truth) & (truth <= upper)
    codes = np.arange(len(truth)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    every, genes = np.ones(len(truth), dtype=bool), np.ones(truth.shape[1], dtype=bool)
    parts = [("all", "all", every, genes)]
    parts += [("strength", name, rows, genes) for name, rows in tertiles(strength)]
    parts += [("expression", name, every, columns) for name, columns in tertiles(expression)]
    if novelty is not None:
        parts += [("novelty", name, rows, genes) for name, rows in tertiles(novelty)]
    table = []
    for by, name, rows, columns in parts:
        counted = mask & rows[:, None] & columns
        shares = _shares(inside, counted & finite, codes.ravel())
        asked = int(counted.sum())
        endless = float((counted & ~finite).sum()) / asked if asked else np.nan
        table.append(stratum(by, name, shares, endless, nominal, rng, draws))
    return table


def stratum(
    by: str,
    name: str,
    shares: np.ndarray,
    endless: float,
    nominal: float,
    rng: np.random.Generator,
    draws: int,
) -> Stratum:
    """Summarise the coverage of the units of one stratum; see `Stratum`."""
    n = len(shares)
    mean = float(shares.mean()) if n else np.nan
    if n < CLAIM:
        verdict = f"{n} conditions: below {CLAIM} nothing is claimed"
        return Stratum(by, name, mean, np.nan, np.nan, n, endless, verdict)
    interval = bootstrap_interval(shares, draws, rng)
    low, high = float(interval.lower), float(interval.upper)
    verdict = "holds" if high >= nominal else "falls short"
    return Stratum(by, name, mean, low, high, n, endless, verdict)


def _shares(inside: np.ndarray, counted: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the share of covered genes of every cluster that has a finite band."""
    n = counted.sum(axis=1)
    known = n > 0
    share = (inside & counted).sum(axis=1)[known] / n[known]
    _, own = np.unique(codes[known], return_inverse=True)
    own = own.ravel()
    mean: np.ndarray = np.bincount(own, share) / np.maximum(np.bincount(own), 1)
    return mean


def tertiles(values: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return masks of the lowest, middle and highest third; NaN is in none."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    parts = np.array_split(order, 3)
    masks = [np.isin(np.arange(len(values)), part) for part in parts]
    return list(zip(TERTILES, masks, strict=True))
