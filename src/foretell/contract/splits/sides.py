"""Sides: who sees what, and how often."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foretell.contract.agreement import agree, changed, snapshot
from foretell.contract.errors import require
from foretell.contract.split_maker import SplitMaker
from foretell.contract.splits.divided import divided
from foretell.contract.variants import scramble_held_out
from foretell.core.dataset import Dataset
from foretell.core.errors import shorten
from foretell.core.split import Split
from foretell.splits.audit import audit, row_signatures

__all__ = [
    "check_audit_is_clean",
    "check_calibration_is_hidden",
    "check_every_unit_is_tested_once",
    "check_models_see_no_truth",
    "check_sides_are_disjoint",
]


def check_sides_are_disjoint(maker: SplitMaker) -> None:
    """Require one side per perturbed observation, and per condition unless rows are divided."""
    data = maker.data()
    for split in divided(maker):
        sides = (split.train, split.calibration, split.test)
        listed = [condition for side in sides for condition in side]
        twice = any(len(side) != len(set(side)) for side in sides)
        if split.held_rows is None and split.calibration_rows is None:
            twice |= len(listed) != len(set(listed))
        require(
            not twice and set(listed) <= set(data.perturbed),
            "a condition stands on two sides, or is not in the data set",
            "divide `dataset.perturbed`",
        )
        rows = _perturbed_rows(split, data)
        require(
            len(rows) == len(np.unique(rows)),
            f"{len(rows) - len(np.unique(rows))} observations stand on two sides",
            "leave held observations out of what models are given",
        )


def _perturbed_rows(split: Split, data: Dataset) -> np.ndarray:
    parts = (split.train_part(data), split.calibration_part(data), split.test_part(data))
    of_sides = [part.subset(part.perturbed).rows for part in parts if part is not None]
    return np.concatenate(of_sides)


def check_every_unit_is_tested_once(maker: SplitMaker) -> None:
    """Require that folds test every unit once per repeat, and never one that they train on."""
    splits, rule = divided(maker, repeats=2), maker.chosen
    everything = set() if rule.is_drawn else set(rule.units(maker.data().perturbed))
    for repeat in (0, 1):
        tests = [split.test for split in splits if split.repeat == repeat]
        tested = [condition for test in tests for condition in test]
        units = [] if rule.is_drawn else [unit for test in tests for unit in maker.units(test)]
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
    for split in [] if rule.is_drawn or rule.by_design else splits:
        both = set(maker.units(split.test)) & set(maker.units(split.train))
        require(not both, f"{shorten(both, 3)} in train and test", "hide the unit everywhere")


def check_calibration_is_hidden(maker: SplitMaker) -> None:
    """Require that calibration conditions are as unseen as test conditions are."""
    data, rule = maker.data(), maker.chosen
    signatures = row_signatures(data)
    for split in divided(maker):
        of_folds = not rule.is_drawn and not rule.by_design
        both = (
            set(maker.units(split.calibration)) & set(maker.units(split.train)) if of_folds else ()
        )
        leaks = []
        if split.calibration:
            as_test = replace(
                split,
                test=split.calibration,
                calibration=(),
                held_rows=split.calibration_rows,
                calibration_rows=None,
            )
            leaks = [f.check for f in audit(as_test, data, signatures) if f.is_leak and f.count]
        require(
            split.calibration and not both and not leaks,
            f"{len(split.calibration)} calibration conditions, units {shorten(both, 3)} in train "
            f"as well, {leaks}",
            "hide calibration units by the rule that hides test units",
        )


def check_audit_is_clean(maker: SplitMaker) -> None:
    """Require an audit at construction, and one without leaks."""
    data = maker.data()
    signatures = row_signatures(data)
    for split in divided(maker):
        found = [f"{f.check}: {f.count}" for f in audit(split, data, signatures) if f.is_leak]
        require(
            split.audit and not found,
            f"{len(split.audit)} findings recorded, leaks: {found}",
            "audit every split where it is made",
        )


def check_models_see_no_truth(maker: SplitMaker) -> None:
    """Require that training parts and query do not change when what is held out is scrambled."""
    data = maker.data()
    for split in divided(maker):
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
