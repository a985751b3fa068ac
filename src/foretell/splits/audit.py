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
    """Return (n_file_obs, 2): a hash of each row's values, and how many are not zero.

    Two rows with the same values have the same hash, however they are stored; rows with different
    values agree with a probability of 2^-64. Whole numbers only: a floating-point product may
    round equal rows differently, depending on where in the matrix they stand.
    """
    n, g = dataset.matrix.shape
    weights = rng_for(audit="rows", genes=g).integers(2**63, size=g, dtype=np.uint64) * 2 + 1
    signatures = np.zeros((n, 2), dtype=np.uint64)
    for X, where in dataset.stored_blocks():
        rows = dataset.rows[where]
        if hasattr(X, "indptr"):
            bits = _mixed_bits(X.data)
            signatures[rows, 0] = _sums_between(bits * weights[X.indices], X.indptr)
            signatures[rows, 1] = _sums_between((bits != 0).astype(np.uint64), X.indptr)
        else:
            bits = _mixed_bits(np.ascontiguousarray(X))
            signatures[rows, 0] = (bits * weights).sum(axis=1, dtype=np.uint64)
            signatures[rows, 1] = (bits != 0).sum(axis=1)
    return signatures


def _mixed_bits(values: np.ndarray) -> np.ndarray:
    """Return 64 well-mixed bits per value; 0 for zero and for what was not measured."""
    bits: np.ndarray = (np.nan_to_num(values.astype(np.float64)) + 0.0).view(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(factor)
    bits ^= bits >> np.uint64(31)
    return bits


def _sums_between(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Sum runs of values, modulo 2^64."""
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    sums: np.ndarray = total[bounds[1:]] - total[bounds[:-1]]
    return sums


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
