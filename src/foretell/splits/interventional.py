"""Interventional: one draw of measured targets, hidden wherever they occur.

Only perturbations whose targets are all among the genes can be tested. Where they are more than
`share` of all perturbations, the excess is drawn back to training; where they are fewer, all are
tested. This is PEREGGRN's main split (kernfeld2025), with one defect repaired: there {A, B} can be
tested while A and B alone are trained on, although the question is about unseen targets. Here
every perturbation that shares a target with a tested one is left out of training. ``compat``
reproduces PEREGGRN's draw, defect included, and its count of control labels among all
perturbations; the audit then counts the targets that were shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, did_you_mean
from foretell.core.perturbation import Perturbation
from foretell.core.task import TaskName
from foretell.splits.observations import check_share
from foretell.splits.own_labels import rows_by_label
from foretell.splits.sides import Asked, Sides

__all__ = ["Options", "by_design", "draw", "examples"]

TASKS = (TaskName.UNSEEN_PERTURBATION,)


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    share : of all perturbations that is wanted on the test side.
    regulators : names that a target has to be among as well, for example the sources of a network;
        empty for no such rule.
    compat : ``pereggrn`` draws what PEREGGRN draws, from `split_seed` plus the repeat.
    split_seed : only with ``compat``.
    """

    share: float = 0.5
    regulators: tuple[str, ...] = ()
    compat: Literal["", "pereggrn"] = ""
    split_seed: int = 0

    def __post_init__(self) -> None:
        check_share("share", self.share)
        if self.compat not in ("", "pereggrn"):
            hint = did_you_mean(str(self.compat), ["pereggrn"])
            raise BadStudy(f"`compat` is {self.compat!r}", hint)


def draw(asked: Asked, options: Options) -> list[Sides]:
    """Return one division of the perturbations."""
    data = asked.dataset
    ordered, n_all = _perturbations(data, options)
    allowed = set(data.file_genes.tolist())
    allowed &= set(options.regulators) or allowed
    eligible = [p for p in ordered if set(p.targets) <= allowed]
    excess = max(0, math.ceil((len(eligible) / n_all - options.share) * n_all))
    rng = asked.rng
    if options.compat:
        rng = np.random.default_rng(options.split_seed + asked.repeat)
    back = set(rng.choice(len(eligible), excess, replace=False).tolist()) if excess else set()
    held = {p for i, p in enumerate(eligible) if i not in back}
    test = [c for c in data.perturbed if c.perturbation in held]
    train = [c for c in data.perturbed if c.perturbation not in held]
    if not options.compat:
        targets = {target for p in held for target in p.targets}
        train = [c for c in train if not targets & set(c.perturbation.targets)]
    return [Sides(train, test)]


def by_design(options: Options) -> tuple[str, ...]:
    """PEREGGRN shows targets of what it tests."""
    return ("held-out targets inside training perturbations",) if options.compat else ()


def _perturbations(data: Dataset, options: Options) -> tuple[Sequence[Perturbation], int]:
    """Return the perturbations that can be drawn, in order, and how many there are in all."""
    if not options.compat:
        ordered = sorted({c.perturbation for c in data.perturbed}, key=str)
        return ordered, len(ordered)
    code = dict(zip(data.rows.tolist(), data.codes.tolist(), strict=True))
    labels = rows_by_label(data).values()
    named = [data.conditions[code[int(rows[0])]].perturbation for rows in labels]
    return [p for p in dict.fromkeys(named) if not p.is_control], len(named)


def examples(dataset: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Return a draw, and PEREGGRN's."""
    del dataset
    task = TaskName.UNSEEN_PERTURBATION.value
    return [(task, {"share": 0.3}), (task, {"share": 0.3, "compat": "pereggrn"})]
