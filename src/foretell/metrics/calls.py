"""Call metrics: how many of the genes that a model calls differential are."""

from __future__ import annotations

import numpy as np

from foretell.core.errors import ForetellError
from foretell.core.metric import Answer, Truth, metric

__all__ = ["fdp_of_calls"]


@metric(
    formula="false calls / calls, 0 where nothing is called; false = not differential by the test "
    "of held-out observations against the truth half of the controls",
    higher_is_better=False,
    best=0.0,
    chance=None,
    needs={"calls", "tests"},
    refers_to="control",
    whole=True,
    accepts_relative=False,
    reference="benjamini1995",
    fails={"quarter", "nan_rows"},
)
def fdp_of_calls(truth: Truth, answer: Answer) -> np.ndarray:
    """False-discovery proportion of each condition; its mean is what the calls claim.

    0 where nothing is called, as the false discovery rate is defined: read it beside
    `de_recall[called]`. The test that decides has false discoveries of its own, and misses genes
    where cells are few, so that a perfect model can lie above its claim.
    """
    calls, true = _calls(truth, answer)
    n = calls.sum(axis=1)
    share = (calls & ~true).sum(axis=1) / np.maximum(n, 1)
    return np.where(truth.mask.any(axis=1), share, np.nan)


def _calls(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """(n, g) called, and truly differential, genes that count."""
    if truth.tests is None:
        raise ForetellError("a test needs cells or replicates", "use a metric on means")
    if answer.calls is None:
        raise ForetellError("the answer calls no genes", "wrap the model in conformal_calls")
    return answer.calls & truth.mask, truth.tests.called & truth.mask
