"""Halves: how the controls of every context are divided."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from foretell.contract.errors import require
from foretell.contract.split_maker import SplitMaker
from foretell.contract.splits.divided import FOLDS, divided
from foretell.core.dataset import Dataset
from foretell.core.halves import ControlHalves
from foretell.splits.make import MIN_CONTROL_CELLS

__all__ = [
    "check_few_controls_are_shared",
    "check_halves_are_disjoint",
    "check_halves_are_stratified",
    "check_halves_cover_all_controls",
    "check_seeds_redraw_halves",
]


def check_seeds_redraw_halves(maker: SplitMaker) -> None:
    """Require new halves of the controls for every seed and every repeat."""
    splits = [*divided(maker, repeats=2), *divided(maker, seed=1)]
    drawn = {(split.seed, split.repeat): split for split in splits}
    for context in maker.data().contexts:
        halves = [split.control_half(context, "model").tolist() for split in drawn.values()]
        distinct = {tuple(half) for half in halves}
        require(
            len(distinct) == len(drawn),
            f"{len(drawn)} seeds and repeats give {len(distinct)} divisions of the controls",
            "draw the halves from seed and repeat",
        )


def check_halves_are_disjoint(maker: SplitMaker) -> None:
    """Require that no control cell is in both halves, where there are enough to divide."""
    for halves in _halves(maker):
        both = np.intersect1d(halves.model, halves.truth)
        require(
            not len(both) and not halves.shared,
            f"{len(both)} controls of {halves.context} in both halves",
            f"divide {MIN_CONTROL_CELLS} or more control cells into halves",
        )


def check_halves_cover_all_controls(maker: SplitMaker) -> None:
    """Require that every control cell of a context is in one of its halves, and nothing else."""
    for halves in _halves(maker):
        there = maker.data().controls(halves.context).rows
        require(
            np.array_equal(np.union1d(halves.model, halves.truth), there),
            f"the halves of {halves.context} are not its {len(there)} controls",
            "divide all controls of the context",
        )


def check_halves_are_stratified(maker: SplitMaker) -> None:
    """Require halves that differ by at most one cell in every block, and in all."""
    for halves in _halves(maker):
        sizes = [_per_block(rows, maker.data()) for rows in (halves.model, halves.truth)]
        apart = [*np.abs(sizes[0] - sizes[1]), abs(int((sizes[0] - sizes[1]).sum()))]
        require(
            max(apart) <= 1,
            f"the halves of {halves.context} differ by {max(apart)} cells in a block or in all",
            "divide the controls block by block",
        )


def check_few_controls_are_shared(maker: SplitMaker) -> None:
    """Require shared controls, marked as such, where there are too few to divide."""
    data = maker.data()
    rows = [data.controls(context).rows[: MIN_CONTROL_CELLS // 2] for context in data.contexts]
    is_control = np.array([c.is_control for c in data.conditions])[data.codes]
    few = data.take(~is_control | np.isin(data.rows, np.concatenate(rows)))
    for split in maker(few, folds=FOLDS)[:1]:
        same = all(h.shared and np.array_equal(h.model, h.truth) for h in split.halves)
        require(
            same,
            f"{MIN_CONTROL_CELLS // 2} controls per context are divided",
            f"below {MIN_CONTROL_CELLS} cells use all of them on both sides, and say shared",
        )


def _halves(maker: SplitMaker) -> Iterable[ControlHalves]:
    return divided(maker)[0].halves


def _per_block(rows: np.ndarray, data: Dataset) -> np.ndarray:
    """Count observations (file positions) per block."""
    codes = np.full(int(data.rows.max()) + 1, -1)
    codes[data.rows] = data.block_codes
    return np.bincount(codes[rows], minlength=int(data.block_codes.max()) + 1)
