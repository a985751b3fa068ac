"""Phenotypes: which perturbations are of one kind, as the data set itself says."""

from __future__ import annotations

import numpy as np

from foretell.bench.groups import Group
from foretell.core.errors import BadStudy, did_you_mean

__all__ = ["phenotypes"]


def phenotypes(group: Group) -> np.ndarray:
    """Return (m,) a code for the kind of each competing condition; -1 where it has none.

    A combination, and a target that the table of components does not know, has no kind.
    """
    column, table = group.fold.rules.phenotype, group.fold.data.components
    if table is None or column not in table.columns:
        known = [] if table is None else [str(name) for name in table.columns]
        raise BadStudy(
            f"`phenotype` names '{column}', which is no column of the components",
            did_you_mean(column, known) if known else "list it under columns.components",
        )
    label = {str(target): value for target, value in table[column].dropna().items()}
    found = []
    for row in group.pool:
        targets = group.fold.truth.conditions[row].perturbation.targets
        found.append(str(label[targets[0]]) if len(targets) == 1 and targets[0] in label else "")
    names, codes = np.unique(np.array(found, dtype=str), return_inverse=True)
    return np.where(names[codes] == "", -1, codes)
