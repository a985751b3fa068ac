"""References: answers that may see the truth, and therefore are never models."""

from __future__ import annotations

import numpy as np

from foretell.bench.truth import HeldOut

__all__ = ["technical_duplicate"]


def technical_duplicate(truth: HeldOut, rows: np.ndarray, half: int) -> np.ndarray:
    """Return (n, g) means of the other half of the same held-out observations.

    The ceiling of every metric: the same experiment, measured again at the same depth. NaN where
    a condition has one observation.
    """
    answer: np.ndarray = truth.other_mean[half, rows]
    return answer
