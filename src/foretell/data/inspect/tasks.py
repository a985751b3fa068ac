"""Tasks: what can be asked of a data set, with counts, and in plain words what cannot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.ladder import time_item, time_of, without_dose, without_item
from foretell.core.perturbation import Perturbation
from foretell.core.task import Task, TaskName

__all__ = ["Verdict", "judge_tasks"]

FEW = 10  # units below which a score says little


@dataclass(frozen=True)
class Verdict:
    """Whether a task can be asked.

    Parameters
    ----------
    task : what is unseen.
    n_units : what is divided into folds (targets, combinations, contexts, doses, times).
    n_conditions : conditions that can be tested.
    why : the reason, or what to keep in mind.
    """

    task: Task
    n_units: int
    n_conditions: int
    why: str

    @property
    def is_possible(self) -> bool:
        """At least two units can be held out in turn."""
        return self.n_units >= 2 and self.n_conditions >= 2


def judge_tasks(dataset: Dataset) -> list[Verdict]:
    """Judge every task on the conditions that are present."""
    conditions = dataset.perturbed
    verdicts = [_perturbation(conditions)]
    verdicts += [_combination(conditions, k) for k in (2, 1, 0)]
    verdicts += [_context(conditions), _dose(conditions), _time(conditions), _seen(dataset)]
    return verdicts


def _verdict(
    name: TaskName, units: Collection[object], n: int, nothing: str, unit: str, k: int | None = None
) -> Verdict:
    if len(units) < 2 or n < 2:
        return Verdict(Task(name, k), len(units), n, nothing)
    few = f"only {len(units)} {unit}: scores will be uncertain" if len(units) < FEW else ""
    return Verdict(Task(name, k), len(units), n, few)


def _perturbation(conditions: Sequence[Condition]) -> Verdict:
    single = [c for c in conditions if c.perturbation.order == 1]
    targets = {c.perturbation.targets[0] for c in single}
    nothing = f"{len(targets)} target was perturbed alone; at least two are needed"
    return _verdict(TaskName.UNSEEN_PERTURBATION, targets, len(single), nothing, "targets")


def _combination(conditions: Sequence[Condition], k: int) -> Verdict:
    name = TaskName.UNSEEN_COMBINATION
    combined = [c for c in conditions if c.perturbation.order > 1]
    if not combined:
        return Verdict(Task(name, k), 0, 0, "no condition combines perturbations")
    alone = {(c.perturbation, c.context) for c in conditions if c.perturbation.order == 1}
    fitting = [c for c in combined if _can_see(c, k, alone, conditions)]
    units = {c.perturbation for c in fitting}
    nothing = f"of {len(combined)} combined conditions {len(fitting)} have {k} parts measured alone"
    verdict = _verdict(name, units, len(fitting), nothing, "combinations", k)
    if verdict.is_possible and any(c.perturbation.order > k for c in fitting):
        most = "at most: hiding the other parts from training costs some"
        verdict = replace(verdict, why="; ".join(filter(None, (verdict.why, most))))
    return verdict


def _can_see(
    condition: Condition,
    k: int,
    alone: Collection[tuple[Perturbation, Context]],
    conditions: Sequence[Condition],
) -> bool:
    """At least k parts were measured alone; the others can be hidden and leave some to train on."""
    parts = condition.perturbation.parts()
    if len(parts) < k or sum((part, condition.context) in alone for part in parts) < k:
        return False
    if k == len(parts):
        return True
    targets = set(condition.perturbation.targets)
    return any(not targets & set(c.perturbation.targets) for c in conditions)


def _context(conditions: Sequence[Condition]) -> Verdict:
    contexts = {c.context for c in conditions}
    where: dict[Perturbation, set[Context]] = {}
    for c in conditions:
        where.setdefault(c.perturbation, set()).add(c.context)
    shared = [c for c in conditions if len(where[c.perturbation]) > 1]
    nothing = (
        f"there is only one context ({next(iter(contexts), 'none')})"
        if len(contexts) < 2
        else f"no perturbation was measured in two of the {len(contexts)} contexts"
    )
    if len({c.context for c in shared}) < 2:
        return Verdict(Task(TaskName.UNSEEN_CONTEXT), 0, 0, nothing)
    verdict = _verdict(TaskName.UNSEEN_CONTEXT, contexts, len(conditions), nothing, "contexts")
    lonely = len(conditions) - len(shared)
    if lonely:
        alone = f"{lonely} conditions were measured in one context only"
        verdict = replace(verdict, why="; ".join(filter(None, (verdict.why, alone))))
    return verdict


def _dose(conditions: Sequence[Condition]) -> Verdict:
    dosed = [c for c in conditions if all(p.dose is not None for p in c.perturbation.components)]
    nothing = "no doses are known" if not dosed else "no compound was given at two doses"

    def place(c: Condition) -> object:
        return without_dose(c.perturbation), c.context, c.horizon_h

    open_ = _with_another(dosed, place, lambda c: c.perturbation)
    units = {c.perturbation for c in open_}
    return _verdict(TaskName.UNSEEN_DOSE, units, len(open_), nothing, "doses")


def _time(conditions: Sequence[Condition]) -> Verdict:
    column = "" if any(c.horizon_h is not None for c in conditions) else time_item(
        c.context for c in conditions
    )  # fmt: skip
    timed = [c for c in conditions if time_of(c, column) is not None]
    nothing = "no times are known" if not timed else "no perturbation was measured at two times"

    def place(c: Condition) -> object:
        return c.perturbation, without_item(c.context, column)

    open_ = _with_another(timed, place, lambda c: time_of(c, column))
    units = {(c.perturbation.targets, time_of(c, column)) for c in open_}
    return _verdict(TaskName.UNSEEN_TIME, units, len(open_), nothing, "times")


def _with_another(
    conditions: Sequence[Condition],
    place: Callable[[Condition], object],
    rung: Callable[[Condition], object],
) -> list[Condition]:
    """Return conditions whose place was measured at another rung (dose, time) as well."""
    rungs: dict[object, set[object]] = {}
    for c in conditions:
        rungs.setdefault(place(c), set()).add(rung(c))
    return [c for c in conditions if len(rungs[place(c)]) > 1]


def _seen(dataset: Dataset) -> Verdict:
    several = [c for c in dataset.perturbed if dataset.n_by_condition[c] > 1]
    nothing = "no two conditions have two observations to divide"
    return _verdict(TaskName.SEEN_CONDITION, several, len(several), nothing, "conditions")
