"""Rules: a file of this folder that says how conditions are divided, with its options.

A rule that makes folds has ``units(conditions, task)`` and ``divide(conditions, held, task, rng)``;
one that draws whole splits has ``draw(asked)``. A rule with options declares them as the frozen
dataclass ``Options`` and is handed an instance as the last argument. What else a file may say:

- ``TASKS`` : tasks that it serves, the default first; the file's name where it says nothing.
- ``NEEDS_TASK`` : True where the user has to say which of them.
- ``BY_DESIGN`` : checks of the audit that it fails on purpose; or ``by_design(options)``.
- ``unit_of(condition)`` : where ``units`` leaves out some that cannot be tested.
- ``family(unit)`` : units that share a family are dealt to different folds.
- ``give_back(train, fitted, kept, test, task)`` : undo what calibration must not hide.
- ``finish(sides, asked)`` : change what was divided.
- ``examples(dataset)`` : pairs of task and options that the contract tries.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

import foretell.splits
from foretell.core.context import Condition
from foretell.core.errors import BadStudy, UnknownName, did_you_mean, shorten
from foretell.core.task import Task, TaskName
from foretell.splits.sides import Asked, Sides

__all__ = ["Rule", "find_module", "find_rule", "rule_files", "rule_options", "task_files"]


@cache
def rule_files() -> tuple[str, ...]:
    """Names of the files that divide conditions."""
    names = sorted(found.name for found in pkgutil.iter_modules(foretell.splits.__path__))
    return tuple(
        n for n in names if hasattr(find_module(n), "divide") or hasattr(find_module(n), "draw")
    )


def task_files() -> list[str]:
    """Names of the tasks that have a rule of their own, seen conditions last."""
    seen = TaskName.SEEN_CONDITION.value
    names = [name for name in rule_files() if name in list(TaskName)]
    return sorted(names, key=lambda name: (name == seen, name))


def find_rule(
    rule: str = "",
    task: Task | str | None = None,
    options: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
) -> Rule:
    """Return a rule with its options, and the task that it serves.

    Parameters
    ----------
    rule : name of a file here; the task's own where empty.
    task : may be left out where the rule says it.
    options : checked against what the rule declares.
    """
    task = Task.parse(task) if isinstance(task, str) else task
    name = rule or ("" if task is None else str(task.name))
    if name not in rule_files():
        raise UnknownName(f"there is no split for '{name}'", did_you_mean(name, rule_files()))
    module = find_module(name)
    return Rule(name, module, _task(name, module, task), _options(name, module, dict(options)))


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule file, ready to be used.

    Parameters
    ----------
    name : of the file.
    module : the file.
    task : what is unseen.
    options : instance of the file's ``Options``, or None.
    """

    name: str
    module: ModuleType
    task: Task
    options: Any = None

    @property
    def is_drawn(self) -> bool:
        """True for a rule that draws whole splits instead of folds."""
        return hasattr(self.module, "draw")

    @property
    def axis(self) -> str:
        """What its draws are seeded with: options and subgroups of one rule share their draws."""
        return str(self.task) if self.name == str(self.task.name) else self.name

    @property
    def by_design(self) -> tuple[str, ...]:
        """Checks of the audit that the rule fails on purpose."""
        if hasattr(self.module, "by_design"):
            return tuple(self.module.by_design(self.options))
        return tuple(getattr(self.module, "BY_DESIGN", ()))

    @property
    def given(self) -> tuple[tuple[str, Any], ...]:
        """Options that differ from their defaults."""
        if self.options is None:
            return ()
        pairs = [(f.name, getattr(self.options, f.name), f.default) for f in fields(self.options)]
        return tuple((name, value) for name, value, default in pairs if value != default)

    def units(self, conditions: Sequence[Condition]) -> list[Any]:
        """Return what is divided into folds."""
        found: list[Any] = self.module.units(conditions, self.task, *self._last)
        return found

    def units_of(self, conditions: Sequence[Condition]) -> list[Any]:
        """Return the units that conditions belong to, also those that are never held out."""
        if not hasattr(self.module, "unit_of"):
            return self.units(conditions)
        return sorted({self.module.unit_of(c, *self._last) for c in conditions}, key=str)

    def divide(
        self,
        conditions: Sequence[Condition],
        held: Collection[Hashable],
        rng: np.random.Generator,
    ) -> tuple[list[Condition], list[Condition]]:
        """Return (train, test) where some units are held out."""
        train, test = self.module.divide(conditions, held, self.task, rng, *self._last)
        return train, test

    def give_back(
        self, sides: Sides, fitted: Sequence[Condition], kept: Sequence[Condition]
    ) -> tuple[Sequence[Condition], Sequence[Condition]]:
        """Return (train, calibration), where `fitted` holds all that the test side counts on."""
        if not hasattr(self.module, "give_back"):
            return fitted, kept
        given = (sides.train, fitted, kept, sides.test, self.task, *self._last)
        fitted, kept = self.module.give_back(*given)
        return fitted, kept

    def draw(self, asked: Asked) -> list[Sides]:
        """Return whole splits."""
        found: list[Sides] = self.module.draw(asked, *self._last)
        return found

    def finish(self, sides: Sides, asked: Asked) -> Sides:
        """Return what the rule makes of a division at the end."""
        if not hasattr(self.module, "finish"):
            return sides
        changed: Sides = self.module.finish(sides, asked, *self._last)
        return changed

    def family(self, unit: Any) -> Hashable:
        """Return what units have in common that are dealt to different folds."""
        found: Hashable = self.module.family(unit) if hasattr(self.module, "family") else None
        return found

    @property
    def _last(self) -> tuple[Any, ...]:
        return () if self.options is None else (self.options,)


def rule_options(name: str) -> tuple[str, ...]:
    """Return the names of a rule's options; none where there is no such rule."""
    declared = getattr(find_module(name), "Options", None) if name in rule_files() else None
    return () if declared is None else tuple(field.name for field in fields(declared))


def find_module(name: str) -> ModuleType:
    """Return the file of a rule."""
    return importlib.import_module(f"foretell.splits.{name}")


def _task(name: str, module: ModuleType, task: Task | None) -> Task:
    tasks = getattr(module, "TASKS", None) or (TaskName(name),)
    if task is None:
        if getattr(module, "NEEDS_TASK", False):
            raise BadStudy(
                f"the rule '{name}' does not say what is unseen",
                f'name the task, for example task = "{tasks[0]}" (valid: {shorten(tasks)})',
            )
        return Task(tasks[0])
    if task.name not in tasks:
        raise BadStudy(
            f"the rule '{name}' makes no splits for '{task.name}'", f"valid: {shorten(tasks)}"
        )
    return task


def _options(name: str, module: ModuleType, given: dict[str, Any]) -> Any:
    declared, valid = getattr(module, "Options", None), rule_options(name)
    for key in given:
        if key not in valid:
            raise UnknownName(f"the split '{name}' has no option '{key}'", did_you_mean(key, valid))
    return None if declared is None else declared(**{k: _frozen(v) for k, v in given.items()})


def _frozen(value: Any) -> Any:
    """Turn lists and tables into tuples, which can be compared and hashed."""
    if isinstance(value, Mapping):
        return tuple((str(k), _frozen(v)) for k, v in sorted(value.items()))
    return tuple(_frozen(v) for v in value) if isinstance(value, (list, tuple)) else value
