"""Task: what kind of unseen condition is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foretell.core.errors import BadStudy, UnknownName, did_you_mean

__all__ = ["Task", "TaskName"]


class TaskName(StrEnum):
    """The six tasks."""

    UNSEEN_PERTURBATION = "unseen_perturbation"
    UNSEEN_COMBINATION = "unseen_combination"
    UNSEEN_CONTEXT = "unseen_context"
    UNSEEN_DOSE = "unseen_dose"
    UNSEEN_TIME = "unseen_time"
    SEEN_CONDITION = "seen_condition"


@dataclass(frozen=True)
class Task:
    """A task and, for combinations, how many of the parts were seen in training.

    >>> str(Task.parse("unseen_combination", parts_seen=1))
    'unseen_combination (1 part seen)'
    """

    name: TaskName
    parts_seen: int | None = None

    def __post_init__(self) -> None:
        parts = self.parts_seen
        if parts is None:
            return
        if self.name != TaskName.UNSEEN_COMBINATION:
            raise BadStudy(
                f"`parts_seen` is given for {self.name}", "it belongs to unseen_combination"
            )
        if type(parts) is not int or parts < 0:
            raise BadStudy(f"`parts_seen` is {parts!r}", "write a whole number from 0")

    @classmethod
    def parse(cls, name: str, parts_seen: int | None = None) -> Task:
        """Read a task's name, with the nearest valid one in the error."""
        try:
            return cls(TaskName(name), parts_seen)
        except ValueError:
            hint = did_you_mean(name, list(TaskName))
            raise UnknownName(f"there is no task '{name}'", hint) from None

    @property
    def floor(self) -> str:
        """Name of the primary floor: an ordinary model, fixed before anything is scored."""
        return _FLOORS[self.name]

    def __str__(self) -> str:
        if self.parts_seen is None:
            return str(self.name)
        return f"{self.name} ({self.parts_seen} part{'s' * (self.parts_seen != 1)} seen)"


_FLOORS = {
    TaskName.UNSEEN_PERTURBATION: "context_mean",
    TaskName.UNSEEN_COMBINATION: "additive",
    TaskName.UNSEEN_CONTEXT: "perturbation_mean",
    TaskName.UNSEEN_DOSE: "nearest_seen",
    TaskName.UNSEEN_TIME: "nearest_seen",
    TaskName.SEEN_CONDITION: "perturbation_mean",
}
