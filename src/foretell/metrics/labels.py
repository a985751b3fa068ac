"""Label metrics: which genes change, and which way, where the data say no more than that."""

from __future__ import annotations

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.stats.correlation import is_flat
from foretell.stats.ranking import auroc_rows

__all__ = ["change_auroc", "direction_auroc"]


@metric(
    formula="chance that a gene that changes has a larger |predicted shift| than one that does "
    "not, ties counted by half, among the listed genes",
    higher_is_better=True,
    best=1.0,
    chance=0.5,
    needs=frozenset({"labels"}),
    accepts_censored=True,
    reference="wu2025",
    is_standard=True,
    fails={"quarter", "fourfold"},
)
def change_auroc(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the ROC curve of changed against unchanged genes, one condition at a time.

    Some genes change under most perturbations: the floor, which knows nothing but that, is far
    above 0.5. A zero or constant predicted shift scores 0.5. NaN where all listed genes change,
    or none.
    """
    return auroc_rows(truth.shift != 0, _size(np.abs(answer.shift), answer, truth), truth.mask)


@metric(
    formula="chance that a gene that goes up has a larger predicted shift than one that goes "
    "down, ties counted by half, among the listed genes that change",
    higher_is_better=True,
    best=1.0,
    chance=0.5,
    needs=frozenset({"labels"}),
    accepts_censored=True,
    reference="wu2025",
    is_standard=True,
    fails={"quarter", "fourfold", "offset"},
)
def direction_auroc(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the ROC curve of up against down, one condition at a time.

    A zero or constant predicted shift scores 0.5. NaN where no listed gene goes up, or none down.
    """
    changed = truth.mask & (truth.shift != 0)
    return auroc_rows(truth.shift > 0, _size(answer.shift, answer, truth), changed)


def _size(values: np.ndarray, answer: Answer, truth: Truth) -> np.ndarray:
    """Set rows to 0 whose predicted shift is constant to rounding: they tie."""
    size = float(np.abs(answer.mean).max(initial=0.0))
    return np.where(is_flat(answer.shift, truth.mask, size)[:, None], 0.0, values)
