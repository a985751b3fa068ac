"""Audit: what train and test share."""

from __future__ import annotations

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import shorten
from foretell.core.seeds import rng_for
from foretell.core.split import Finding, Split
from foretell.core.task import TaskName

__all__ = ["audit", "row_signatures"]

INFORMATIVE = 50  # fewer stored values than this can agree by chance


def audit(split: Split, dataset: Dataset, signatures: np.ndarray) -> tuple[Finding, ...]:
    """Return one finding per check; `signatures` come from `row_signatures`."""
    train, test = _rows(split, dataset)
    return (
        _shared_conditions(split),
        _shared_observations(train, test),
        _truth_half_in_train(split, train),
        _duplicate_profiles(train, test, signatures),
        _held_targets(split),
        _spellings(dataset),
    )


def row_signatures(dataset: Dataset) -> np.ndarray:
    """Return (n_file_obs, 2): a fingerprint of each row's values, and how many are not zero.

    Two rows with the same values have the same fingerprint; rows with different values agree only
    by an accident of rounding.
    """
    n, g = dataset.matrix.shape
    direction = rng_for(audit="rows", genes=g).standard_normal(g)
    signatures = np.full((n, 2), np.nan)
    for X, where in dataset.matrix.blocks(dataset.rows):
        rows = dataset.rows[where]
        signatures[rows, 0] = np.nan_to_num(X) @ direction if _is_dense(X) else X @ direction
        signatures[rows, 1] = (X != 0).sum(axis=1).ravel() if _is_dense(X) else X.getnnz(axis=1)
    return signatures


def _is_dense(X: object) -> bool:
    return not hasattr(X, "indptr")


def _rows(split: Split, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """File positions that models see, and those of the held-out observations."""
    held = set(split.test)
    is_held = np.array([c in held for c in dataset.conditions])
    train = split.train_part(dataset).rows
    kept = split.calibration_part(dataset)
    seen = train if kept is None else np.union1d(train, kept.rows)
    return seen, dataset.rows[is_held[dataset.codes]]


def _shared_conditions(split: Split) -> Finding:
    both = set(split.test) & (set(split.train) | set(split.calibration))
    return Finding("conditions in train and test", len(both), shorten(map(str, both)), bool(both))


def _shared_observations(train: np.ndarray, test: np.ndarray) -> Finding:
    both = np.intersect1d(train, test)
    return Finding("observations in train and test", len(both), "", bool(len(both)))


def _truth_half_in_train(split: Split, train: np.ndarray) -> Finding:
    halves = [h.truth for h in split.halves if not h.shared]
    truth = np.concatenate(halves) if halves else np.empty(0, np.int64)
    both = np.intersect1d(train, truth)
    return Finding("truth-half controls in train", len(both), "", bool(len(both)))


def _duplicate_profiles(train: np.ndarray, test: np.ndarray, signatures: np.ndarray) -> Finding:
    same = np.isin(signatures[test, 0], signatures[train, 0])
    informative = same & (signatures[test, 1] >= INFORMATIVE)
    detail = (
        f"{int(same.sum())} test observations equal a training one; {int(informative.sum())} of "
        f"them have {INFORMATIVE} or more values that are not zero"
    )
    count = int(informative.sum())
    return Finding("duplicated profiles", count, detail, count > 0)


def _held_targets(split: Split) -> Finding:
    name = "held-out targets inside training perturbations"
    if split.task.name != TaskName.UNSEEN_PERTURBATION:
        return Finding(name, 0, "not asked by this task")
    held = {t for c in split.test for t in c.perturbation.targets}
    seen = {t for c in (*split.train, *split.calibration) for t in c.perturbation.targets}
    return Finding(name, len(held & seen), shorten(sorted(held & seen)), bool(held & seen))


def _spellings(dataset: Dataset) -> Finding:
    merged = dataset.merged_labels
    name = "perturbations spelled in several ways (A+B, B+A), read as one"
    return Finding(name, len(merged), shorten(merged, 3))
