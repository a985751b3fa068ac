"""SplitMaker: a task, a rule, and the function that divides a data set by it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from foretell.contract.dosed import dosed_dataset
from foretell.contract.toy import toy_dataset
from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit
from foretell.core.split import Split
from foretell.core.task import Task, TaskName
from foretell.splits.make import make
from foretell.splits.rules import Rule, find_rule, rule_files

__all__ = ["SplitMaker", "split_makers"]


@dataclass(frozen=True)
class SplitMaker:
    """What the clauses for splits examine.

    Parameters
    ----------
    task : what is unseen.
    make : like `foretell.splits.make.make`; another one only where it is itself examined.
    rule, options : how it is divided; the task's own rule where empty.
    data : what is divided.
    """

    task: Task
    make: Callable[..., list[Split]] = make
    rule: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    data: Callable[[], Dataset] = toy_dataset

    @property
    def chosen(self) -> Rule:
        """The rule, with its options."""
        return find_rule(self.rule, self.task, self.options)

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return ", ".join(text for text in (str(self.task), self.rule) if text)

    def units(self, conditions: Iterable[Condition]) -> list[Hashable]:
        """Return the units that conditions belong to."""
        return self.chosen.units_of(tuple(conditions))

    def __call__(self, dataset: Dataset, **settings: Any) -> list[Split]:
        """Return the splits in the order of repeats, then folds."""
        if self.rule:
            settings |= {"rule": self.rule, "options": self.options}
        return self.make(dataset, self.task, **settings)


def split_makers() -> Iterator[tuple[str, SplitMaker]]:
    """Yield every example of every rule on the two made-up screens that it can divide, by name."""
    for rule in rule_files():
        for data in (toy_dataset, dosed_dataset):
            for i, (task, options) in enumerate(_examples(rule, data())):
                name = f"{rule}{i + 1 if i else ''}-{data().name}"
                chosen = find_rule(rule, task, options)
                maker = SplitMaker(chosen.task, rule=rule, options=chosen.given, data=data)
                if _can_divide(maker):
                    yield name, maker


def _examples(rule: str, data: Dataset) -> list[tuple[Task | str | None, dict[str, Any]]]:
    module = importlib.import_module(f"foretell.splits.{rule}")
    if hasattr(module, "examples"):
        return list(module.examples(data))
    tasks = getattr(module, "TASKS", None) or (TaskName(rule),)
    return [(Task(task), {}) for task in tasks]


def _can_divide(maker: SplitMaker) -> bool:
    try:
        maker(maker.data(), folds=3, calibration=0.25)
    except EmptySplit:
        return False
    return True
