"""Record: what decides a split, and what its hash says about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from foretell.contract.errors import require
from foretell.contract.split_maker import SplitMaker
from foretell.contract.splits.divided import divided
from foretell.core.dataset import Dataset
from foretell.core.errors import shorten
from foretell.core.halves import ControlHalves
from foretell.core.split import Split
from foretell.core.task import Task, TaskName

__all__ = ["check_hash_covers_what_decides", "check_same_seed_same_split"]


def check_same_seed_same_split(maker: SplitMaker) -> None:
    """Require the same splits, in the same order, from the same seed."""
    first, second = ([split.hash for split in divided(maker, repeats=2)] for _ in range(2))
    require(first == second, "two calls with one seed differ", "draw from the seed alone")


def check_hash_covers_what_decides(maker: SplitMaker) -> None:
    """Require another hash with another task, side, half, row or data set, and only then."""
    split = divided(maker)[0]
    hashes = {name: variant.hash for name, variant in _variants(split, maker.data())}
    same = [name for name, found in hashes.items() if found == split.hash]
    require(
        not same and len(set(hashes.values())) == len(hashes),
        f"the hash does not change with {shorten(same)}",
        "hash everything that decides who sees what",
    )
    record = replace(split, name="another", distance=np.zeros(len(split.test)), audit=())
    require(
        record.hash == split.hash,
        "the hash changes with the name, the distance or the audit",
        "hash nothing that does not decide who sees what",
    )


def _variants(split: Split, data: Dataset) -> Iterator[tuple[str, Split]]:
    first, *rest = split.halves
    swapped = ControlHalves(first.context, first.truth, first.model, first.shared)
    other = TaskName.UNSEEN_CONTEXT if split.task.parts_seen is None else TaskName.SEEN_CONDITION
    if split.task.name == other:
        other = TaskName.SEEN_CONDITION
    yield "task", replace(split, task=Task(other))
    yield "halves", replace(split, halves=(swapped, *rest))
    yield "dataset", replace(split, dataset="another")
    yield "rows", replace(split, held_rows=split.test_part(data).rows[1:])
    for side in ("train", "calibration", "test"):
        if len(getattr(split, side)) > 1:
            yield side, replace(split, **{side: getattr(split, side)[1:]})
