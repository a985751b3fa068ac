"""Exposure: what training shows of the very thing that a task calls unseen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from foretell.core.context import Condition
from foretell.core.errors import shorten
from foretell.core.ladder import amounts, subsets, time_item, time_of
from foretell.core.split import Finding, Split
from foretell.core.task import TaskName

__all__ = ["exposure"]


def exposure(split: Split) -> list[Finding]:
    """Return one finding per check of what is held out; only those of the task can be leaks."""
    checks = {
        TaskName.UNSEEN_PERTURBATION: _targets,
        TaskName.UNSEEN_COMBINATION: _combinations,
        TaskName.UNSEEN_CONTEXT: _contexts,
        TaskName.UNSEEN_DOSE: _doses,
        TaskName.UNSEEN_TIME: _times,
        TaskName.SEEN_CONDITION: _never_seen,
    }
    found = []
    for task, check in checks.items():
        if task == split.task.name:
            found.append(check(split))
        elif task == TaskName.UNSEEN_PERTURBATION:  # the check that every report shows
            found.append(Finding(TARGETS, 0, "not asked by this task"))
    return found


TARGETS = "held-out targets inside training perturbations"


def _targets(split: Split) -> Finding:
    held = {t for c in split.test for t in c.perturbation.targets}
    seen = {t for c in _seen(split) for t in c.perturbation.targets}
    return _leak(TARGETS, held & seen)


def _combinations(split: Split) -> Finding:
    both = _both(split, lambda c: c.perturbation)
    return _leak("held-out combinations among training perturbations", both)


def _contexts(split: Split) -> Finding:
    return _leak("held-out contexts among training conditions", _both(split, lambda c: c.context))


def _doses(split: Split) -> Finding:
    """Look for a held dose of a compound, alone or in company, in any context."""
    held = {amounts(c.perturbation): c.perturbation for c in split.test}
    seen = {part for c in _seen(split) for part in subsets(amounts(c.perturbation))}
    shown = {perturbation for rungs, perturbation in held.items() if rungs in seen}
    return _leak("held-out doses among training perturbations", shown)


def _times(split: Split) -> Finding:
    """Look for a held perturbation at its held time, at any dose and in any context."""
    column = dict(split.options).get("column", "")
    if not column and all(c.horizon_h is None for c in split.test):
        column = time_item(c.context for c in (*split.train, *split.calibration, *split.test))
    seen = {
        (part, time_of(c, column)) for c in _seen(split) for part in subsets(c.perturbation.targets)
    }
    shown = {
        c.perturbation
        for c in split.test
        if (frozenset(c.perturbation.targets), time_of(c, column)) in seen
    }
    return _leak("held-out times among training conditions", shown)


def _never_seen(split: Split) -> Finding:
    """Count conditions that this task should not test: no leak, but another question."""
    unseen = set(split.test) - set(split.train)
    name = "tested conditions without training observations"
    return Finding(name, len(unseen), shorten(sorted(map(str, unseen)), 3))


def _seen(split: Split) -> Iterable[Condition]:
    return (*split.train, *split.calibration)


def _both(split: Split, key: Callable[[Condition], Hashable]) -> set[Hashable]:
    return {key(c) for c in split.test} & {key(c) for c in _seen(split)}


def _leak(name: str, shown: Iterable[object]) -> Finding:
    spelled = sorted(map(str, shown))
    return Finding(name, len(spelled), shorten(spelled), bool(spelled))
