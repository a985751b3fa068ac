"""GEARS simulation: a share of the genes is known; all else follows (roohani2024).

`train_gene_set_size` of the perturbed genes are drawn as known. Trained on are perturbations of
one known gene, and `combo_seen2_train_frac` of the combinations of known genes. The rest makes
subgroups, of which the task chooses the one that is tested:

- ``unseen_perturbation`` : single perturbations of unknown genes (GEARS: unseen single);
- ``unseen_combination`` with ``parts_seen`` 0, 1 or 2 : combinations with that many known genes
  (GEARS: combo seen 0, 1, 2); without ``parts_seen``, all combinations that are not trained on.

All subgroups of one repeat share their training side. Calibration is drawn like GEARS' validation:
the same rule again on the training side, and what falls outside it in the tested subgroup.

GEARS calls a gene seen where it was drawn as known, also if it was never perturbed alone. Here a
part counts as seen only if it was measured alone in training, and combinations of which that is
not so are not tested; ``compat`` tests them, and draws from numpy's old generator with
`split_seed` plus the repeat, so that the sides are GEARS' own. Its repeated seeding, which ties the
draw of combinations to that of the genes, is reproduced there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, did_you_mean
from foretell.core.perturbation import Perturbation
from foretell.core.split import Finding
from foretell.core.task import Task, TaskName
from foretell.splits.observations import check_share
from foretell.splits.own_labels import own_labels
from foretell.splits.sides import Asked, Sides
from foretell.splits.unseen_combination import n_parts_seen

__all__ = ["Options", "draw", "examples"]

TASKS = (TaskName.UNSEEN_COMBINATION, TaskName.UNSEEN_PERTURBATION)
NEEDS_TASK = True

Draw = Callable[[Sequence[Any], int], list[Any]]


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    train_gene_set_size : share of the genes that is known.
    combo_seen2_train_frac : share of the combinations of known genes that is trained on.
    compat : ``gears`` makes the very sides that GEARS makes.
    split_seed : GEARS' seed, only with ``compat``.
    """

    train_gene_set_size: float = 0.75
    combo_seen2_train_frac: float = 0.75
    compat: Literal["", "gears"] = ""
    split_seed: int = 1

    def __post_init__(self) -> None:
        check_share("train_gene_set_size", self.train_gene_set_size)
        check_share("combo_seen2_train_frac", self.combo_seen2_train_frac)
        if self.compat not in ("", "gears"):
            hint = did_you_mean(str(self.compat), ["gears"])
            raise BadStudy(f"`compat` is {self.compat!r}", hint)


@dataclass(frozen=True, eq=False)
class _Simulated:
    """Perturbations to train on, and how many known genes each of the others has."""

    train: list[Perturbation]
    others: dict[Perturbation, int]

    def subgroup(self, task: Task) -> set[Perturbation]:
        """Return what the task asks for."""
        combined = task.name == TaskName.UNSEEN_COMBINATION
        fits = {p: n for p, n in self.others.items() if (p.order > 1) == combined}
        return {p for p, n in fits.items() if task.parts_seen in (None, n)}


def draw(asked: Asked, options: Options) -> list[Sides]:
    """Return one simulation, its tested subgroup chosen by the task."""
    data = asked.dataset
    spelled = {p: label for p, label in own_labels(data).items() if not p.is_control}
    names = spelled if options.compat else {p: str(p) for p in spelled}
    ordered = sorted(names, key=lambda p: names[p])
    shares = (options.train_gene_set_size, options.combo_seen2_train_frac)
    drawing = _drawing(asked, options)
    first = _simulate(ordered, shares, drawing)
    fitted, kept = first, set[Perturbation]()
    if asked.calibration > 0:
        again = sorted(first.train, key=lambda p: names[p])
        fitted = _simulate(again, (1 - asked.calibration,) * 2, drawing)
        kept = fitted.subgroup(asked.task)
    train = [c for c in data.perturbed if c.perturbation in set(fitted.train)]
    sides = [
        [c for c in data.perturbed if c.perturbation in group]
        for group in (first.subgroup(asked.task), kept)
    ]
    if options.compat:
        return [Sides(train, sides[0], sides[1])]
    test, calibration = (_measured_alone(side, train, asked.task) for side in sides)
    check = "conditions whose seen parts were not measured alone: not tested"
    note = Finding(check, len(sides[0]) - len(test))
    return [Sides(train, test, calibration, notes=(note,))]


def _drawing(asked: Asked, options: Options) -> Callable[[], Draw]:
    """Return what makes a fresh drawer: GEARS seeds anew before every draw."""

    def old() -> Draw:
        rng = np.random.RandomState(options.split_seed + asked.repeat)  # noqa: NPY002
        return lambda items, n: [items[i] for i in rng.permutation(len(items))[:n]]

    def new() -> Draw:
        return lambda items, n: [items[i] for i in asked.rng.permutation(len(items))[:n]]

    return old if options.compat else new


def _simulate(
    perturbations: Sequence[Perturbation],
    shares: tuple[float, float],
    drawing: Callable[[], Draw],
) -> _Simulated:
    genes = sorted({target for p in perturbations for target in p.targets})
    known = set(drawing()(genes, int(len(genes) * shares[0])))
    n_known = {p: sum(target in known for target in p.targets) for p in perturbations}
    whole = [p for p in perturbations if n_known[p] == len(p.targets)]
    combined = [p for p in whole if p.order > 1]
    kept = drawing()(combined, int(len(combined) * shares[1]))
    train = [p for p in whole if p.order == 1] + kept
    return _Simulated(train, {p: n for p, n in n_known.items() if p not in set(train)})


def _measured_alone(
    conditions: Sequence[Condition], train: Sequence[Condition], task: Task
) -> list[Condition]:
    if task.parts_seen is None:
        return list(conditions)
    seen = {(c.perturbation, c.context) for c in train}
    touched = {target for c in train for target in c.perturbation.targets}
    return [c for c in conditions if n_parts_seen(c, seen, touched) == task.parts_seen]


def examples(dataset: Dataset) -> list[tuple[str | Task, dict[str, Any]]]:
    """Return two subgroups, and GEARS' own draw."""
    del dataset
    pairs = Task(TaskName.UNSEEN_COMBINATION, 1)
    return [
        (TaskName.UNSEEN_PERTURBATION.value, {}),
        (pairs, {"train_gene_set_size": 0.6}),
        (TaskName.UNSEEN_PERTURBATION.value, {"compat": "gears"}),
    ]
