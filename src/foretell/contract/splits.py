"""Clauses for splits: who sees what, how often, and what the hash says about it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

import numpy as np

from foretell.contract.agreement import agree, changed, snapshot
from foretell.contract.errors import require
from foretell.contract.split_maker import SplitMaker
from foretell.contract.toy import toy_dataset
from foretell.contract.variants import scramble_held_out
from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import shorten
from foretell.core.halves import ControlHalves
from foretell.core.split import Split
from foretell.core.task import Task, TaskName
from foretell.splits.audit import audit, row_signatures
from foretell.splits.make import MIN_CONTROL_CELLS

__all__ = [
    "check_audit_is_clean",
    "check_calibration_is_hidden",
    "check_every_unit_is_tested_once",
    "check_few_controls_are_shared",
    "check_halves_are_disjoint",
    "check_halves_are_stratified",
    "check_halves_cover_all_controls",
    "check_hash_covers_what_decides",
    "check_models_see_no_truth",
    "check_same_seed_same_split",
    "check_seeds_redraw_halves",
    "check_sides_are_disjoint",
]

FOLDS, CALIBRATION = 3, 0.25


def check_sides_are_disjoint(maker: SplitMaker) -> None:
    """Require that a perturbed condition of the data set stands on one side only."""
    for split in _splits(maker):
        sides = [*split.train, *split.calibration, *split.test]
        require(
            len(sides) == len(set(sides)) and set(sides) <= set(toy_dataset().perturbed),
            "a condition stands on two sides, or is not in the data set",
            "divide `dataset.perturbed`",
        )


def check_every_unit_is_tested_once(maker: SplitMaker) -> None:
    """Require that k folds test every unit once per repeat, and never one that they train on."""
    splits, everything = _splits(maker, repeats=2), set(_units(maker, toy_dataset().perturbed))
    for repeat in (0, 1):
        tests = [split.test for split in splits if split.repeat == repeat]
        tested = [condition for test in tests for condition in test]
        units = [unit for test in tests for unit in _units(maker, test)]
        require(
            len(tested) == len(set(tested)) and len(units) == len(set(units)),
            f"something is tested twice in repeat {repeat}",
            "divide the units into folds that do not overlap",
        )
        left_out = everything - set(units)
        require(
            not left_out or maker.task.parts_seen is not None,
            f"{len(left_out)} of {len(everything)} units are never tested in repeat {repeat}",
            "divide all units into folds",
        )
    for split in splits:
        both = set(_units(maker, split.test)) & set(_units(maker, split.train))
        require(not both, f"{shorten(both, 3)} in train and test", "hide the unit everywhere")


def check_calibration_is_hidden(maker: SplitMaker) -> None:
    """Require that calibration conditions are as unseen as test conditions are."""
    signatures = row_signatures(toy_dataset())
    for split in _splits(maker):
        both = set(_units(maker, split.calibration)) & set(_units(maker, split.train))
        as_test = replace(split, test=split.calibration, calibration=())
        leaks = [f.check for f in audit(as_test, toy_dataset(), signatures) if f.is_leak]
        require(
            split.calibration and not both and not leaks,
            f"{len(split.calibration)} calibration conditions, units {shorten(both, 3)} in train "
            f"as well, {leaks}",
            "hide calibration units by the rule that hides test units",
        )


def check_audit_is_clean(maker: SplitMaker) -> None:
    """Require an audit at construction, and one without leaks."""
    signatures = row_signatures(toy_dataset())
    for split in _splits(maker):
        found = [
            f"{f.check}: {f.count}" for f in audit(split, toy_dataset(), signatures) if f.is_leak
        ]
        require(
            split.audit and not found,
            f"{len(split.audit)} findings recorded, leaks: {found}",
            "audit every split where it is made",
        )


def check_models_see_no_truth(maker: SplitMaker) -> None:
    """Require that training parts and query do not change when what is held out is scrambled."""
    data = toy_dataset()
    for split in _splits(maker):
        scrambled = scramble_held_out(data, split)
        # a clamp under the `reveal` policy is the only truth that a query may hold
        before = snapshot(split.query(data), leave_out=["clamps"])
        found = changed(before, snapshot(split.query(scrambled), leave_out=["clamps"]))
        for part in (Split.train_part, Split.calibration_part):
            seen, again = part(split, data), part(split, scrambled)
            if seen is not None and again is not None:
                same = agree(seen.values().toarray(), again.values().toarray())
                found += [] if same else [part.__name__]
        require(
            not found,
            f"held-out expression stands in {shorten(found, 3)}",
            "hand out training conditions and `model` halves of the controls, nothing else",
        )


def check_same_seed_same_split(maker: SplitMaker) -> None:
    """Require the same splits, in the same order, from the same seed."""
    first, second = ([split.hash for split in _splits(maker, repeats=2)] for _ in range(2))
    require(first == second, "two calls with one seed differ", "draw from the seed alone")


def check_seeds_redraw_halves(maker: SplitMaker) -> None:
    """Require new halves of the controls for every seed and every repeat."""
    splits = [*_splits(maker, repeats=2), *_splits(maker, seed=1)]
    drawn = {(split.seed, split.repeat): split for split in splits}
    for context in toy_dataset().contexts:
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
        there = toy_dataset().controls(halves.context).rows
        require(
            np.array_equal(np.union1d(halves.model, halves.truth), there),
            f"the halves of {halves.context} are not its {len(there)} controls",
            "divide all controls of the context",
        )


def check_halves_are_stratified(maker: SplitMaker) -> None:
    """Require halves that differ by at most one cell in every block, and in all."""
    for halves in _halves(maker):
        sizes = [_per_block(rows) for rows in (halves.model, halves.truth)]
        apart = [*np.abs(sizes[0] - sizes[1]), abs(int((sizes[0] - sizes[1]).sum()))]
        require(
            max(apart) <= 1,
            f"the halves of {halves.context} differ by {max(apart)} cells in a block or in all",
            "divide the controls block by block",
        )


def check_few_controls_are_shared(maker: SplitMaker) -> None:
    """Require shared controls, marked as such, where there are too few to divide."""
    data = toy_dataset()
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


def check_hash_covers_what_decides(maker: SplitMaker) -> None:
    """Require another hash whenever task, a side, a half or the data set is another."""
    split = _splits(maker)[0]
    first, *rest = split.halves
    swapped = ControlHalves(first.context, first.truth, first.model, first.shared)
    variants = {
        "nothing": split,
        "task": replace(split, task=Task(TaskName.SEEN_CONDITION)),
        "train": replace(split, train=split.train[1:]),
        "calibration": replace(split, calibration=split.calibration[1:]),
        "test": replace(split, test=split.test[1:]),
        "halves": replace(split, halves=(swapped, *rest)),
        "dataset": replace(split, dataset="another"),
    }
    hashes = {name: variant.hash for name, variant in variants.items()}
    same = [name for name in list(hashes)[1:] if hashes[name] == split.hash]
    require(
        len(set(hashes.values())) == len(hashes),
        f"the hash does not change with {shorten(same)}",
        "hash everything that decides who sees what",
    )


def _splits(maker: SplitMaker, *, repeats: int = 1, seed: int = 0) -> list[Split]:
    settings = {"folds": FOLDS, "calibration": CALIBRATION}
    return maker(toy_dataset(), repeats=repeats, seed=seed, **settings)


def _halves(maker: SplitMaker) -> Iterable[ControlHalves]:
    return _splits(maker)[0].halves


def _units(maker: SplitMaker, conditions: Iterable[Condition]) -> list[Hashable]:
    return list(maker.rule.units(tuple(conditions), maker.task))


def _per_block(rows: np.ndarray) -> np.ndarray:
    """Count observations (file positions) per block of the toy screen."""
    data: Dataset = toy_dataset()
    codes = np.full(int(data.rows.max()) + 1, -1)
    codes[data.rows] = data.block_codes
    return np.bincount(codes[rows], minlength=int(data.block_codes.max()) + 1)
