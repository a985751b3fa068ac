"""Own labels: perturbations as the user's column spells them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from foretell.core.context import Condition
from foretell.core.dataset import Dataset
from foretell.core.errors import UnknownName, did_you_mean
from foretell.core.perturbation import Perturbation

__all__ = ["find_conditions", "own_labels", "rows_by_label"]


def rows_by_label(dataset: Dataset) -> dict[str, np.ndarray]:
    """Return file positions per label, labels in the order in which the file names them first."""
    rows: dict[str, list[int]] = {}
    for label, row in zip(_labels(dataset).tolist(), dataset.rows.tolist(), strict=True):
        rows.setdefault(label, []).append(row)
    return {label: np.array(found) for label, found in rows.items()}


def own_labels(dataset: Dataset) -> dict[Perturbation, str]:
    """Return the first spelling of every perturbation, without its dose where that has a column."""
    found: dict[Perturbation, str] = {}
    for label, code in zip(_labels(dataset).tolist(), dataset.codes.tolist(), strict=True):
        found.setdefault(dataset.conditions[code].perturbation, label)
    return found


def find_conditions(dataset: Dataset, names: Iterable[str], where: str) -> set[Condition]:
    """Return the perturbed conditions that are meant: one, or a perturbation in all contexts.

    A name may be spelled as the user's column, as tables spell it (``A+B in K562``), or in full.
    """
    known = _names(dataset)
    found: set[Condition] = set()
    for name in names:
        if str(name) not in known:
            raise UnknownName(
                f"{where} names '{name}', which is no perturbed condition of '{dataset.name}'",
                f"{did_you_mean(str(name), known)} (a perturbation, or one in a context)",
            )
        found |= known[str(name)]
    return found


def _names(dataset: Dataset) -> dict[str, set[Condition]]:
    known: dict[str, set[Condition]] = {}
    spelled: dict[Condition, set[str]] = {c: set() for c in dataset.perturbed}
    pairs = {*zip(_labels(dataset).tolist(), dataset.codes.tolist(), strict=True)}
    for label, code in pairs:
        if dataset.conditions[code] in spelled:
            spelled[dataset.conditions[code]] |= {label, label.strip()}
    for condition, labels in spelled.items():
        whole = {str(condition), dataset.label(condition)}
        own = {f"{label} in {condition.context}{condition.after}" for label in labels}
        bare = dataset.label(condition).removesuffix(f" in {condition.context}{condition.after}")
        for name in whole | own | labels | {bare, str(condition.perturbation)}:
            known.setdefault(name, set()).add(condition)
    return known


def _labels(dataset: Dataset) -> np.ndarray:
    """(n_obs,) labels as the user's column spells them."""
    column = dataset.obs[dataset.mapping.perturbation].astype(str).to_numpy(dtype=object)
    labels: np.ndarray = column[dataset.rows]
    return labels
