"""Custom: sides that somebody has decided: lists, a column, or a file.

- **Lists**: ``test = ["A", "A+B in K562"]``, and if wanted ``calibration`` and ``train``; a
  perturbation without a context means it in all contexts. Without ``train``, all that is named
  nowhere is trained on; with it, the rest is unused.
- **Column**: ``column = "split"`` names an obs column whose values say the side: ``train``;
  ``val``, ``valid``, ``validation``, ``dev``, ``calibration``; ``test``, ``ood``, ``holdout``,
  ``heldout``. The lists then name values instead: ``test = ["ood"]`` leaves CPA's ``test`` unused.
- **File**: ``file = "split.json"``: a list for the test side, or a table of lists by side, in JSON
  or TOML; or a text file with one name per line, for the test side. Names are those of observations
  (PEREGGRN's ``custom_test_sets/<seed>.json``) or conditions. ``{repeat}`` in the name stands for
  the number of the repeat, so that every repeat has its own file.

A condition stands on one side only, unless ``rows = true``, or observations are named: then its
observations are divided, and train and test share conditions. Controls are never divided here:
they keep their halves, whatever column or file say of them. PEREGGRN trains on controls that its
file does not name, and looks for the file below the working directory.

The audit judges by the task that is named. A published split that shows what the task calls unseen
is refused, unless ``as_published = true``: then the findings are counted and shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, Leakage, UnknownName, did_you_mean, shorten
from foretell.core.task import TaskName
from foretell.splits.named_sides import SIDES, WORDS, read_sides
from foretell.splits.observations import sides_of_rows
from foretell.splits.own_labels import find_conditions
from foretell.splits.sides import Asked, Sides

__all__ = ["Options", "by_design", "draw", "examples"]

TASKS = tuple(TaskName)
NEEDS_TASK = True

Rows = dict[str, np.ndarray]  # side -> file positions


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    train, calibration, test : conditions, or values of `column`.
    column : obs column that says the side.
    file : ``.json``, ``.toml`` or text.
    rows : divide the observations of conditions that stand on several sides.
    as_published : keep a split that shows what the task calls unseen.
    """

    train: tuple[str, ...] = ()
    calibration: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    column: str = ""
    file: str = ""
    rows: bool = False
    as_published: bool = False

    def __post_init__(self) -> None:
        for side in SIDES:
            names = getattr(self, side)
            if isinstance(names, str):
                object.__setattr__(self, side, (names,))
        lists = any(getattr(self, side) for side in SIDES)
        if self.file and (self.column or lists):
            raise BadStudy("a custom split has `file` and other sources", "give one of them")
        if not (self.file or self.column or self.test):
            raise BadStudy(
                "a custom split does not say what is tested",
                'give test = ["..."], column = "..." or file = "..."',
            )


def draw(asked: Asked, options: Options) -> list[Sides]:
    """Return the division that is named."""
    data = asked.dataset
    if options.column:
        return [_of_rows(data, _by_column(data, options), options.rows)]
    if not options.file:
        named = {side: getattr(options, side) for side in SIDES}
        return [_of_conditions(data, named, "the custom split")]
    path = options.file.replace("{repeat}", str(asked.repeat))
    named = read_sides(path)
    position = {name: row for row, name in enumerate(map(str, data.obs.index))}
    if all(name in position for names in named.values() for name in names):
        rows = {side: np.array([position[n] for n in names]) for side, names in named.items()}
        return [_of_rows(data, rows, divide=True)]
    names = [name for side in named.values() for name in side]
    unknown = [name for name in names if name not in position]
    if 2 * len(unknown) < len(names):
        raise UnknownName(
            f"'{path}' names '{unknown[0]}', which is no observation of '{data.name}' "
            f"({len(unknown)} such names)",
            did_you_mean(unknown[0], position),
        )
    return [_of_conditions(data, named, f"'{path}'")]


def by_design(options: Options) -> tuple[str, ...]:
    """Return all that a published split may show."""
    if not options.as_published:
        return ()
    return (
        "held-out targets inside training perturbations",
        "held-out combinations among training perturbations",
        "held-out contexts among training conditions",
        "held-out doses among training perturbations",
        "held-out times among training conditions",
        "duplicated profiles",
    )


def _by_column(data: Dataset, options: Options) -> Rows:
    if options.column not in data.obs.columns:
        raise UnknownName(
            f"there is no column '{options.column}' in obs",
            did_you_mean(options.column, data.obs.columns),
        )
    values = data.obs[options.column].astype(str).to_numpy(dtype=object)
    lists = {side: set(getattr(options, side)) for side in SIDES}
    there = set(values[_perturbed_rows(data)].tolist())
    if not any(lists.values()):
        lists = {side: {v for v in there if v.strip().lower() in WORDS[side]} for side in SIDES}
        unknown = sorted(there - set().union(*lists.values()))
        if unknown:
            raise UnknownName(
                f"'{unknown[0]}' in column '{options.column}' names no side",
                f"valid: {shorten(w for words in WORDS.values() for w in words)}; or say which "
                f'values mean what: test = ["{unknown[0]}"]',
            )
    for value in sorted(set().union(*lists.values()) - there):
        raise UnknownName(
            f"'{value}' is not in column '{options.column}'", did_you_mean(value, there)
        )
    if not lists["train"]:
        lists["train"] = {v for v in there if v.strip().lower() in WORDS["train"]}
    return {side: np.flatnonzero(np.isin(values, sorted(chosen))) for side, chosen in lists.items()}


def _of_rows(data: Dataset, rows: Rows, divide: bool) -> Sides:
    """Test and calibrate on named rows; rows that are named nowhere are trained on, or unused."""
    here = _perturbed_rows(data)
    chosen = {side: np.intersect1d(named.astype(np.int64), here) for side, named in rows.items()}
    both = np.intersect1d(chosen.get("test", []), chosen.get("calibration", []))
    if both.size:
        name = data.obs.index[int(both[0])]
        raise Leakage(f"observation '{name}' is named for test and calibration", "name it once")
    held, kept = (chosen.get(side, np.empty(0, np.int64)) for side in ("test", "calibration"))
    train = chosen["train"] if "train" in rows else here
    train = np.setdiff1d(train, np.union1d(held, kept))
    part = data.take(np.isin(data.rows, np.concatenate([train, held, kept])))
    sides = sides_of_rows(part, [held], [kept])
    if sides.held_rows is not None and not divide:
        shared = sorted(map(str, set(sides.train) & set(sides.test))) or sorted(
            map(str, set(sides.calibration or ()) & {*sides.train, *sides.test})
        )
        raise Leakage(
            f"{len(shared)} conditions stand on several sides ({shorten(shared, 3)})",
            "correct the column, or write rows = true to divide their observations",
        )
    return _without_unnamed(sides, data, train)


def _without_unnamed(sides: Sides, data: Dataset, train: np.ndarray) -> Sides:
    """Refuse rows of training conditions that are on no side: a condition is trained on whole."""
    of_train = data.subset(sides.train).rows if sides.train else np.empty(0, np.int64)
    hidden = [r for r in (sides.held_rows, sides.calibration_rows) if r is not None]
    unnamed = np.setdiff1d(of_train, np.concatenate([train, *hidden]))
    if unnamed.size:
        raise BadStudy(
            f"{unnamed.size} observations of training conditions are on no side (first "
            f"'{data.obs.index[int(unnamed[0])]}')",
            "name a side for every observation of a condition, or drop the others by a filter",
        )
    return sides


def _of_conditions(data: Dataset, named: Mapping[str, Iterable[str]], where: str) -> Sides:
    found = {
        side: find_conditions(data, names, f"{where}, under {side},")
        for side, names in named.items()
    }
    for first, second in (("train", "test"), ("train", "calibration"), ("calibration", "test")):
        both = found.get(first, set()) & found.get(second, set())
        if both:
            raise Leakage(
                f"{where} names {shorten(sorted(map(str, both)), 3)} for {first} and {second}",
                "a condition stands on one side only; to divide its observations name them",
            )
    test, kept = found.get("test", set()), found.get("calibration", set())
    train = found.get("train") or set(data.perturbed) - test - kept
    calibration = _ordered(data, kept) if kept else None
    return Sides(_ordered(data, train), _ordered(data, test), calibration)


def _ordered(data: Dataset, conditions: set[Condition]) -> list[Condition]:
    return [c for c in data.perturbed if c in conditions]


def _perturbed_rows(data: Dataset) -> np.ndarray:
    is_control = np.array([c.is_control for c in data.conditions])
    rows: np.ndarray = data.rows[~is_control[data.codes]]
    return rows


def examples(dataset: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Return a list of single perturbations, with a training side that does not show them."""
    held = set(sorted({c.perturbation.targets[0] for c in dataset.perturbed})[:3])
    related = {str(c) for c in dataset.perturbed if held & set(c.perturbation.targets)}
    test = [str(c) for c in dataset.perturbed if c.perturbation.order == 1 and str(c) in related]
    train = [str(c) for c in dataset.perturbed if str(c) not in related]
    return [(TaskName.UNSEEN_PERTURBATION.value, {"test": test, "train": train})]
