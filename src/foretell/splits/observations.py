"""Observations: divide the rows of conditions instead of the conditions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import BadStudy
from foretell.core.split import Finding
from foretell.splits.sides import Sides

__all__ = ["check_share", "rows_by_condition", "sides_of_rows"]


def check_share(name: str, share: object) -> None:
    """Refuse what is not a share strictly between 0 and 1."""
    number = isinstance(share, (int, float)) and not isinstance(share, bool)
    if not number or not 0 < float(share) < 1:  # type: ignore[arg-type]
        raise BadStudy(f"`{name}` is {share!r}", "write a share between 0 and 1, such as 0.5")


def rows_by_condition(
    dataset: Dataset, conditions: Iterable[Condition]
) -> dict[Condition, np.ndarray]:
    """Return file positions per condition, ordered by the names of the observations.

    Their order does not depend on the order of the file, so a draw does not either.
    """
    names = np.asarray(dataset.obs.index, dtype=str)[dataset.rows]
    order = np.lexsort((names, dataset.codes))
    bounds = np.searchsorted(dataset.codes[order], np.arange(len(dataset.conditions) + 1))
    position = {condition: i for i, condition in enumerate(dataset.conditions)}
    places = {condition: position[condition] for condition in conditions}
    return {c: dataset.rows[order[bounds[i] : bounds[i + 1]]] for c, i in places.items()}


def sides_of_rows(
    dataset: Dataset,
    held: Iterable[np.ndarray],
    kept: Iterable[np.ndarray] = (),
    notes: tuple[Finding, ...] = (),
) -> Sides:
    """Test all conditions that have a held row; train on all that have another one.

    Held rows of controls do not count: controls are divided into halves.
    """
    position = {condition: i for i, condition in enumerate(dataset.conditions)}
    perturbed = dataset.perturbed
    held_rows, kept_rows = (_sorted(parts) for parts in (held, kept))
    is_perturbed = np.isin(dataset.codes, [position[c] for c in perturbed])
    rows, codes = dataset.rows[is_perturbed], dataset.codes[is_perturbed]
    is_held, is_kept = np.isin(rows, held_rows), np.isin(rows, kept_rows)
    sides = [set(codes[chosen]) for chosen in (~is_held & ~is_kept, is_held, is_kept)]
    train, test, calibration = ([c for c in perturbed if position[c] in side] for side in sides)
    if not (
        set(train) & set(test) or set(train) & set(calibration) or set(test) & set(calibration)
    ):
        return Sides(train, test, calibration or None, notes=notes)  # whole conditions after all
    calibration_rows = rows[is_kept] if calibration else None
    return Sides(train, test, calibration, rows[is_held], calibration_rows, notes)


def _sorted(parts: Iterable[np.ndarray]) -> np.ndarray:
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))
