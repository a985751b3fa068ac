"""Simple: random observations are held out, whatever their condition.

PEREGGRN's split of that name (kernfeld2025); controls keep their halves. Large conditions stand on
both sides; a condition of which every observation was drawn was not seen, so it is another
question: it is not tested and counted. ``compat`` tests it, as PEREGGRN does: with one observation
per condition all that is tested is then unseen, while the task says seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, did_you_mean
from foretell.core.split import Finding
from foretell.core.task import TaskName
from foretell.splits.observations import check_share, rows_by_condition, sides_of_rows
from foretell.splits.sides import Asked, Sides

__all__ = ["Options", "draw"]

TASKS = (TaskName.SEEN_CONDITION,)


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    share : of the perturbed observations that is held out.
    compat : ``pereggrn`` draws the rows that PEREGGRN draws, controls counted, from `split_seed`
        plus the repeat, and tests conditions that were not seen.
    split_seed : only with ``compat``.
    """

    share: float = 0.5
    compat: Literal["", "pereggrn"] = ""
    split_seed: int = 0

    def __post_init__(self) -> None:
        check_share("share", self.share)
        if self.compat not in ("", "pereggrn"):
            hint = did_you_mean(str(self.compat), ["pereggrn"])
            raise BadStudy(f"`compat` is {self.compat!r}", hint)


def draw(asked: Asked, options: Options) -> list[Sides]:
    """Return one division of the observations."""
    data = asked.dataset
    if options.compat:
        return [sides_of_rows(data, [_as_pereggrn(data, options, asked.repeat)])]
    rows = np.concatenate(list(rows_by_condition(data, data.perturbed).values()))
    order = rows[asked.rng.permutation(len(rows))]
    n = round(options.share * len(rows))
    n_kept = round(asked.calibration * (len(rows) - n))
    return [_only_seen(sides_of_rows(data, [order[:n]], [order[n : n + n_kept]]), data)]


def _only_seen(sides: Sides, data: Dataset) -> Sides:
    """Leave out what is tested or calibrated on without having been trained on."""
    seen = set(sides.train)
    test = [c for c in sides.test if c in seen]
    kept = [c for c in sides.calibration or () if c in seen]
    check = "conditions without training observations: not tested"
    return replace(
        sides,
        test=test,
        calibration=kept,
        held_rows=_rows_of(sides.held_rows, test, data),
        calibration_rows=_rows_of(sides.calibration_rows, kept, data) if kept else None,
        notes=(Finding(check, len(sides.test) - len(test)),),
    )


def _rows_of(
    rows: np.ndarray | None, conditions: Sequence[Condition], data: Dataset
) -> np.ndarray | None:
    if rows is None:
        return None
    own = [*rows_by_condition(data, conditions).values(), np.empty(0, dtype=np.int64)]
    return np.intersect1d(rows, np.concatenate(own))


def _as_pereggrn(data: Dataset, options: Options, repeat: int) -> np.ndarray:
    # PEREGGRN draws names of observations from numpy's old generator; positions draw alike
    rng = np.random.RandomState(options.split_seed + repeat)  # noqa: NPY002
    n_train = round(data.n_obs * (1 - options.share))
    train = rng.choice(data.rows, n_train, replace=False)
    return np.setdiff1d(data.rows, train)
