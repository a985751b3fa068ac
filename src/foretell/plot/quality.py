"""Quality: figures of the tables that a data card is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from foretell.core.errors import EmptySplit, UnknownName, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_effects", "plot_guides", "plot_saturation", "plot_sizes", "plot_targets"]

# Okabe and Ito's palette: told apart under every common colour vision, and in grey by shape
YES, NO, REFERENCE = "#0072B2", "#6B7280", "#D55E00"


def plot_sizes(cells: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the number of observations of every perturbed condition, from most to fewest.

    Parameters
    ----------
    cells : table of `analysis.quality.cells`.
    ax : where to draw; a new figure unless given.

    Raises
    ------
    UnknownName
        If a column is missing; `EmptySplit` if there is nothing to draw.
    """
    _check(cells, "is_control", "n")
    n = np.sort(cells.loc[~cells["is_control"].astype(bool), "n"].to_numpy())[::-1]
    _something(len(n))
    ax = _axes(ax)
    ax.plot(np.arange(1, len(n) + 1), n, color=YES, marker="o", ms=3, lw=1)
    ax.set_yscale("log")
    return _labelled(ax, "conditions, from most to fewest", "observations")


def plot_effects(effects: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw strength against size, filled where the effect is beyond chance.

    The vertical axis is the signed square root of the strength: a distance in standard deviations
    of the controls.

    Parameters
    ----------
    effects : table of `analysis.quality.effect_size`.
    ax : where to draw; a new figure unless given.
    """
    _check(effects, "n", "strength", "significant")
    known = effects[effects["strength"].notna()]
    _something(len(known))
    ax = _axes(ax)
    strength = known["strength"].to_numpy(dtype=float)
    y = np.sign(strength) * np.sqrt(np.abs(strength))
    called = known["significant"].map(bool).to_numpy()
    n = known["n"].to_numpy()
    ax.axhline(0.0, color=NO, lw=0.8)
    ax.scatter(n[called], y[called], color=YES, s=18, label="beyond chance")
    ax.scatter(n[~called], y[~called], facecolors="none", edgecolors=NO, s=18, label="not")
    ax.set_xscale("log")
    ax.legend(frameon=False, fontsize=8.5)
    return _labelled(ax, "observations", "distance in standard deviations")


def plot_targets(targets: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the change of every measured target, filled where it moved as expected.

    Parameters
    ----------
    targets : table of `analysis.quality.target_moved`.
    ax : where to draw; a new figure unless given.
    """
    _check(targets, "log_fold_change", "moved")
    known = targets[targets["log_fold_change"].notna()]
    known = known.sort_values("log_fold_change", ascending=False)
    _something(len(known))
    ax = _axes(ax)
    moved = known["moved"].map(lambda m: m is True or m == 1).to_numpy(dtype=bool)
    x, y = np.arange(1, len(known) + 1), known["log_fold_change"].to_numpy(dtype=float)
    ax.axhline(0.0, color=NO, lw=0.8)
    ax.scatter(x[moved], y[moved], color=YES, s=18, label="moved as expected")
    ax.scatter(x[~moved], y[~moved], facecolors="none", edgecolors=NO, s=18, label="not, or n/a")
    ax.legend(frameon=False, fontsize=8.5)
    return _labelled(ax, "targets, from most up to most down", "log fold change")


def plot_guides(guides: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many conditions have guides that agree how well, with the mean of the null.

    Parameters
    ----------
    guides : table of `analysis.quality.guide_agreement`.
    ax : where to draw; a new figure unless given.
    """
    _check(guides, "agreement", "null_mean")
    known = guides["agreement"].dropna().to_numpy(dtype=float)
    _something(len(known))
    ax = _axes(ax)
    ax.hist(known, bins=24, color=YES, alpha=0.7)
    null = guides["null_mean"].dropna().mean()
    if np.isfinite(null):
        ax.axvline(null, color=REFERENCE, ls=(0, (5, 2)), label="guides of different targets")
        ax.legend(frameon=False, fontsize=8.5)
    return _labelled(ax, "correlation of guides of one target", "conditions")


def plot_saturation(curve: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how reproducible shifts become as cells are added: every condition, and the mean.

    The mean at a size is over the conditions that have it, so its last points are about the
    largest conditions.

    Parameters
    ----------
    curve : table of `analysis.quality.saturation_curve`.
    ax : where to draw; a new figure unless given.
    """
    _check(curve, "condition", "n_cells", "reproducibility")
    _something(len(curve))
    ax = _axes(ax)
    for _, part in curve.groupby("condition", sort=True):
        ax.plot(part["n_cells"], part["reproducibility"], color=NO, lw=0.6, alpha=0.4)
    mean = curve.groupby("n_cells", sort=True)["reproducibility"].mean()
    ax.plot(mean.index, mean.to_numpy(), color=YES, marker="o", ms=4, lw=2)
    ax.set_xscale("log")
    return _labelled(ax, "cells per condition", "correlation of two repetitions")


def _check(table: pd.DataFrame, *columns: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise UnknownName(
            f"the table has no column '{missing[0]}'",
            f"give the table that the docstring names (found: {shorten(table.columns)})",
        )


def _something(n: int) -> None:
    if not n:
        raise EmptySplit("there is nothing to draw", "see the column `reason` of the table")


def _axes(ax: Axes | None) -> Axes:
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(6.0, 3.4), layout="constrained")
    return ax


def _labelled(ax: Axes, x: str, y: str) -> Axes:
    ax.set_xlabel(x, fontsize=9)
    ax.set_ylabel(y, fontsize=9)
    ax.tick_params(labelsize=9)
    ax.spines[["right", "top"]].set_visible(False)
    return ax
