"""Distance: how far each test condition is from all that is trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.split import Split
from foretell.splits.similarity import Similarity, similarity

__all__ = ["distance_to_training", "with_distance"]


def distance_to_training(
    split: Split, dataset: Dataset, chosen: Similarity | None = None
) -> np.ndarray:
    """Return (n_test,) distances: 1 minus the similarity to the nearest training condition.

    0 for a test condition that is like one of training, 1 for one that is like none, up to 2 for
    opposites of a cosine. Errors drawn against it show where a method stops generalising.

    Parameters
    ----------
    chosen : what makes conditions alike; shared targets where None.
    """
    alike = similarity(split, dataset, split.test, split.train, chosen or Similarity())
    distance: np.ndarray = 1.0 - alike.max(axis=1)
    return distance


def with_distance(split: Split, dataset: Dataset, chosen: Similarity | None = None) -> Split:
    """Return the split with the distances recorded; its hash stays."""
    return replace(split, distance=distance_to_training(split, dataset, chosen))
