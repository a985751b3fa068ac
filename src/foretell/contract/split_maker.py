"""SplitMaker: a task, and the function that divides a data set for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from foretell.core.dataset import Dataset
from foretell.core.split import Split
from foretell.core.task import Task
from foretell.splits.make import make

__all__ = ["SplitMaker"]


@dataclass(frozen=True)
class SplitMaker:
    """What the clauses for splits examine.

    Parameters
    ----------
    task : what is unseen.
    make : like `foretell.splits.make.make`; another one only where it is itself examined.
    """

    task: Task
    make: Callable[..., list[Split]] = make

    @property
    def rule(self) -> ModuleType:
        """The task's file: `units` and `divide`."""
        return importlib.import_module(f"foretell.splits.{self.task.name}")

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return str(self.task)

    def __call__(self, dataset: Dataset, **settings: Any) -> list[Split]:
        """Return the splits in the order of repeats, then folds."""
        return self.make(dataset, self.task, **settings)
