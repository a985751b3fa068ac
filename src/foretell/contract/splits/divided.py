"""Divided: the splits that the clauses look at."""

from __future__ import annotations

from foretell.contract.split_maker import SplitMaker
from foretell.core.split import Split

__all__ = ["FOLDS", "divided"]

FOLDS, CALIBRATION = 3, 0.25


def divided(maker: SplitMaker, *, repeats: int = 1, seed: int = 0) -> list[Split]:
    """Divide the maker's data set."""
    settings = {"folds": FOLDS, "calibration": CALIBRATION}
    return maker(maker.data(), repeats=repeats, seed=seed, **settings)
