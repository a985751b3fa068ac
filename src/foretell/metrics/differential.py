"""Differential metrics: whether the genes that really respond are ranked first."""

from __future__ import annotations

import numpy as np

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Truth, metric
from foretell.stats.correlation import is_flat
from foretell.stats.ranking import average_precision_rows

__all__ = ["de_auprc"]


@metric(
    formula="average precision of |predicted shift| for genes with Benjamini-Hochberg FDR < 0.05 "
    "in a test of held-out cells against the truth half of the controls",
    higher_is_better=True,
    best=1.0,
    chance="prevalence",
    needs={"tests"},
    accepts_relative=False,
    reference="zhu2025",
)
def de_auprc(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the precision-recall curve of differential genes; chance is their share.

    NaN where no gene differs. A mean-only prediction is not penalised for having no cell noise:
    it is ranked by the size of its shift, and never tested. A zero or constant predicted shift is
    a total tie and scores the share itself.
    """
    size = float(np.abs(answer.mean).max(initial=0.0))
    flat = is_flat(answer.shift, truth.mask, size)  # what varies is the rounding of the control
    moved = np.where(flat[:, None], 0.0, np.abs(answer.shift))
    if truth.tests is None:
        raise ForetellError("a test needs cells or replicates", "use a metric on means")
    return average_precision_rows(truth.tests.called, moved, truth.mask)
