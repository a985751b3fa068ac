"""Variants: the toy screen with something changed that must, or must not, matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.matrix import Matrix
from foretell.core.seeds import rng_for
from foretell.core.split import Split

__all__ = ["reorder_genes", "scramble_held_out"]


def scramble_held_out(dataset: Dataset, split: Split) -> Dataset:
    """Replace every observation that no model may see by random values.

    What may be seen: training and calibration conditions, and the ``model`` halves of the
    controls. All else is held out: test and unused conditions, and the ``truth`` halves.
    """
    from scipy.sparse import csr_matrix

    seen = [split.train_part(dataset).rows, *(halves.model for halves in split.halves)]
    calibration = split.calibration_part(dataset)
    if calibration is not None:
        seen.append(calibration.rows)
    X = dataset.matrix.X.toarray()
    hidden = np.setdiff1d(np.arange(len(X)), np.concatenate(seen))
    X[hidden] = rng_for(contract="scramble").gamma(2.0, size=(len(hidden), X.shape[1]))
    return replace(dataset, matrix=Matrix(csr_matrix(X)))


def reorder_genes(dataset: Dataset, order: np.ndarray) -> Dataset:
    """Return the same observations with the genes of the file in another order."""
    matrix = Matrix(dataset.matrix.X[:, order])
    return replace(dataset, matrix=matrix, file_genes=dataset.file_genes[order])
