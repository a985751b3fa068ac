"""Time series: train on conditions up to a time, test later ones.

A forecast: of every perturbation that was measured up to `until`, later times are tested; later
times of other perturbations are not (they would be unseen perturbations), and are counted. Time is
found as for ``unseen_time``. Calibration conditions are a share of the perturbations at the last
time that is trained on, hidden like the tested ones.

PEREGGRN's split of this name (kernfeld2025) is another thing: an unperturbed time course in one
file is trained on and a perturbation screen in another is tested. Write that as a data set with
``join``, a column that tells the two apart (``columns = { side = "test" }`` of the joined file),
and the rule ``custom`` with ``column = "side"``, ``test = ["test"]`` and ``train = ["not given"]``,
which is what the first file then says. Where that file holds no perturbed condition the split is
refused as empty: models here learn from perturbations, not from time alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, EmptySplit, shorten
from foretell.core.ladder import time_item, time_of
from foretell.core.split import Finding
from foretell.core.task import TaskName
from foretell.splits.sides import Asked, Sides
from foretell.splits.unseen_time import find_column, forecasts

__all__ = ["Options", "draw", "examples"]

TASKS = (TaskName.UNSEEN_TIME,)


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    until : hours; the last time that is trained on. None tests the last time that there is.
    column : context item that is time, as for ``unseen_time``.
    """

    until: float | None = None
    column: str = ""

    def __post_init__(self) -> None:
        until = self.until
        if until is not None and (isinstance(until, bool) or not isinstance(until, (int, float))):
            raise BadStudy(f"`until` is {until!r}", "write hours as a number")


def draw(asked: Asked, options: Options) -> list[Sides]:
    """Return the one division at the time."""
    conditions = asked.dataset.perturbed
    column = find_column(conditions, options.column)
    hours = {c: time for c in conditions if (time := time_of(c, column)) is not None}
    times = sorted(set(hours.values()))
    until = options.until if options.until is not None else (times[-2] if len(times) > 1 else None)
    if until is None or not times[0] <= until < times[-1]:
        raise EmptySplit(
            f"nothing lies on both sides of until = {until} h (times: {shorten(times)})",
            "choose a time from the first to before the last",
        )
    train = [c for c in hours if hours[c] <= until]
    later = [c for c in hours if hours[c] > until]
    test = forecasts(later, train, column)
    fitted, kept = _calibrate(train, hours, asked, column)
    note = Finding("later conditions of other perturbations: not tested", len(later) - len(test))
    return [Sides(fitted, test, kept, notes=(note,))]


def _calibrate(
    train: list[Condition], hours: dict[Condition, float], asked: Asked, column: str
) -> tuple[Sequence[Condition], Sequence[Condition]]:
    """Hold back a share of the perturbations at the last times that are trained on."""
    if asked.calibration <= 0:
        return train, ()
    last = max(hours[c] for c in train)
    units = sorted({c.perturbation.targets for c in train if hours[c] == last})
    n = int(min(max(1, round(asked.calibration * len(units))), len(units) - 1))
    held = {units[i] for i in asked.rng.permutation(len(units))[: max(n, 0)]}
    hidden = [
        c
        for c in train
        if hours[c] == last and any(set(t) <= set(c.perturbation.targets) for t in held)
    ]
    fitted = [c for c in train if c not in set(hidden)]
    kept = [c for c in hidden if c.perturbation.targets in held]
    return fitted, forecasts(kept, fitted, column)


def examples(dataset: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Return the last time, where there are times."""
    found = time_item(dataset.contexts)
    return [(TaskName.UNSEEN_TIME.value, {"column": found})] if found else []
