"""Audit: what train and test share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import shorten
from foretell.core.split import Finding, Split
from foretell.data.signatures import row_signatures
from foretell.splits.exposure import exposure
from foretell.splits.rules import find_rule, rule_files

__all__ = ["audit", "row_signatures"]

INFORMATIVE = 50  # fewer stored values than this can agree by chance


def audit(split: Split, dataset: Dataset, signatures: np.ndarray) -> tuple[Finding, ...]:
    """Return one finding per check; `signatures` come from `row_signatures`."""
    train, test = _rows(split, dataset)
    found = (
        _shared_conditions(split),
        _shared_observations(train, test),
        _truth_half_in_train(split, train),
        _duplicate_profiles(train, test, signatures),
        *exposure(split),
        _spellings(dataset),
    )
    allowed = _by_design(split)
    return tuple(_allowed(finding) if finding.check in allowed else finding for finding in found)


def _by_design(split: Split) -> tuple[str, ...]:
    """Return checks that the split's rule fails on purpose."""
    if split.rule not in rule_files():
        return ()
    return find_rule(split.rule, split.task, split.options).by_design


def _allowed(finding: Finding) -> Finding:
    detail = f"by the rule's design: {finding.detail or 'none here'}"
    return replace(finding, is_leak=False, detail=detail) if finding.count else finding


def _rows(split: Split, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """File positions that models see, and those of the held-out observations."""
    train = split.train_part(dataset).rows
    kept = split.calibration_part(dataset)
    seen = train if kept is None else np.union1d(train, kept.rows)
    return seen, split.test_part(dataset).rows


def _shared_conditions(split: Split) -> Finding:
    name = "conditions in train and test"
    both = set(split.test) & (set(split.train) | set(split.calibration))
    if split.held_rows is not None:
        return Finding(name, len(both), "by design: the observations of each are divided")
    return Finding(name, len(both), shorten(map(str, both)), bool(both))


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


def _spellings(dataset: Dataset) -> Finding:
    merged = dataset.merged_labels
    name = "perturbations spelled in several ways (A+B, B+A), read as one"
    return Finding(name, len(merged), shorten(merged, 3))
