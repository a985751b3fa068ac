"""Seen condition: a share of the observations of every condition is held out.

Train and test share conditions, but no observation: the question is how well a model describes what
it was shown, not how it extrapolates. Observations are drawn block by block, so that every
batch stands on both sides. Conditions with fewer than `min_observations` cannot be divided: they
are trained on, not tested, and counted. Controls keep their halves. PEREGGRN's ``stratified``
(kernfeld2025) divides controls as well and pools contexts; ``compat`` draws its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy, did_you_mean
from foretell.core.halves import stratified
from foretell.core.split import Finding
from foretell.core.task import TaskName
from foretell.splits.observations import check_share, rows_by_condition, sides_of_rows
from foretell.splits.own_labels import rows_by_label
from foretell.splits.sides import Asked, Sides

__all__ = ["Options", "draw"]

TASKS = (TaskName.SEEN_CONDITION,)


@dataclass(frozen=True)
class Options:
    """Options of the rule.

    Parameters
    ----------
    share : of the observations of a condition that is held out; at least one, and at least one
        stays.
    min_observations : conditions with fewer are not tested.
    compat : ``pereggrn`` draws the rows that PEREGGRN draws: per label, ignoring contexts and
        blocks, in the order of the file, from `split_seed` plus the repeat.
    split_seed : only with ``compat``.
    """

    share: float = 0.5
    min_observations: int = 2
    compat: Literal["", "pereggrn"] = ""
    split_seed: int = 0

    def __post_init__(self) -> None:
        check_share("share", self.share)
        if type(self.min_observations) is not int or self.min_observations < 2:
            raise BadStudy(
                f"`min_observations` is {self.min_observations!r}",
                "write a whole number from 2: one observation cannot be divided",
            )
        if self.compat not in ("", "pereggrn"):
            hint = did_you_mean(str(self.compat), ["pereggrn"])
            raise BadStudy(f"`compat` is {self.compat!r}", hint)


def draw(asked: Asked, options: Options) -> list[Sides]:
    """Return one division of the observations."""
    data = asked.dataset
    if options.compat:
        return [sides_of_rows(data, _as_pereggrn(data, options, asked.repeat))]
    held, kept, small = [], [], 0
    block = np.zeros(int(data.rows.max()) + 1, dtype=np.int64)
    block[data.rows] = data.block_codes
    for rows in rows_by_condition(data, data.perturbed).values():
        if len(rows) < options.min_observations:
            small += 1
            continue
        n = int(np.clip(round(options.share * len(rows)), 1, len(rows) - 1))
        n_kept = _n_kept(len(rows) - n, asked.calibration)
        order = rows[stratified(block[rows], asked.rng)]
        held.append(order[:n])
        kept.append(order[n : n + n_kept])
    note = Finding("conditions with too few observations to divide: trained on, not tested", small)
    return [sides_of_rows(data, held, kept, (note,))]


def _n_kept(left: int, share: float) -> int:
    """Observations for calibration, so that one at least is left to train on."""
    return min(max(1, round(share * left)), left - 1) if share > 0 else 0


def _as_pereggrn(data: Dataset, options: Options, repeat: int) -> Iterator[np.ndarray]:
    for rows in rows_by_label(data).values():
        n_train = int(np.round(max(1.0, (1 - options.share) * len(rows))))
        rng = np.random.default_rng(options.split_seed + repeat)
        yield np.setdiff1d(rows, rng.choice(rows, n_train, replace=False))
