"""Split: which conditions are trained on, calibrated on and tested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit, Leakage, shorten
from foretell.core.halves import ControlHalves
from foretell.core.query import Controls, Query, QueryRow
from foretell.core.spec import hash_text, spec_hash
from foretell.core.task import Task

__all__ = ["Finding", "Split"]


@dataclass(frozen=True)
class Finding:
    """One line of the leakage audit.

    Parameters
    ----------
    check : what was looked for.
    count : how many were found.
    detail : the first few, or what the count means.
    is_leak : True where the split must not be used.
    """

    check: str
    count: int
    detail: str = ""
    is_leak: bool = False


@dataclass(frozen=True, eq=False)
class Split:
    """Train, calibration and test conditions, with the halves of the controls.

    Made by `foretell.splits.make`. Models are handed `train_part` and `query`; only the bench
    and the metrics read the test observations.

    Parameters
    ----------
    task : what is unseen.
    train, calibration, test : perturbed conditions; conditions in none are left unused because
        training on them would show what is to be predicted.
    halves : division of the controls, per context; redrawn per seed.
    dataset : fingerprint of the data set that the split was made for.
    seed, repeat, fold : axes of the cross-validation.
    audit : findings of the leakage audit.
    held_rows : file positions of the test observations, where train and test share conditions
        but not observations; None where whole conditions are tested.
    calibration_rows : the same for calibration; None where whole conditions are calibrated on.
    rule, options : how it was made; a record that does not enter the hash.
    name : how tables call it; the task where empty.
    distance : (n_test,) how far each test condition is from training, where it was measured; a
        record too.
    """

    task: Task
    train: tuple[Condition, ...]
    calibration: tuple[Condition, ...]
    test: tuple[Condition, ...]
    halves: tuple[ControlHalves, ...]
    dataset: str
    seed: int = 0
    repeat: int = 0
    fold: int = 0
    audit: tuple[Finding, ...] = ()
    held_rows: np.ndarray | None = None
    calibration_rows: np.ndarray | None = None
    rule: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    name: str = ""
    distance: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("train", "test"):
            if not getattr(self, name):
                raise EmptySplit(
                    f"the {name} side of {self.task} is empty (repeat {self.repeat}, "
                    f"fold {self.fold})",
                    "use fewer folds, or a task that the file has conditions for",
                )
        if not self.name:
            object.__setattr__(self, "name", str(self.task))
        if self.held_rows is None and self.calibration_rows is None:
            self._check_conditions()
        else:
            self._check_rows()
        for halves in self.halves:
            if not halves.shared and np.intersect1d(halves.model, halves.truth).size:
                raise Leakage(f"control halves of {halves.context} overlap", "redraw them")

    def _check_conditions(self) -> None:
        sides = {"train": self.train, "calibration": self.calibration, "test": self.test}
        for first, second in (("train", "test"), ("train", "calibration"), ("calibration", "test")):
            both = set(sides[first]) & set(sides[second])
            if both:
                raise Leakage(
                    f"{first} and {second} share {shorten(sorted(map(str, both)))}",
                    "a condition stands on one side only",
                )

    def _check_rows(self) -> None:
        """Where sides share conditions, they must not share observations."""
        held, kept = _positions(self.held_rows), _positions(self.calibration_rows)
        controls = [half for h in self.halves for half in (h.model, h.truth)]
        for what, rows in (("calibration", kept), ("the controls", _joined(controls))):
            both = np.intersect1d(held, rows)
            if both.size:
                raise Leakage(
                    f"test and {what} share {both.size} observations (first at position {both[0]})",
                    "an observation stands on one side only",
                )

    @cached_property
    def hash(self) -> str:
        """Name of the split in the store: everything that decides who sees what."""
        sides = [[str(c) for c in side] for side in (self.train, self.calibration, self.test)]
        halves = [[str(h.context), spec_hash(h.model), spec_hash(h.truth)] for h in self.halves]
        decides: list[Any] = [self.dataset, spec_hash(self.task), sides, halves]
        for name, rows in (("held", self.held_rows), ("kept", self.calibration_rows)):
            if rows is not None:
                decides.append([name, spec_hash(np.sort(_positions(rows)))])
        return hash_text(repr(decides))

    @cached_property
    def _by_context(self) -> dict[Context, ControlHalves]:
        return {h.context: h for h in self.halves}

    def control_half(self, context: Context, side: str) -> np.ndarray:
        """Return file positions of the ``model`` or ``truth`` half; empty on a relative scale."""
        found = self._by_context.get(context)
        if found is None:
            return np.empty(0, dtype=np.int64)
        return found.model if side == "model" else found.truth

    def is_shared(self, context: Context) -> bool:
        """Tell whether truth and model subtract the same control mean."""
        found = self._by_context.get(context)
        return True if found is None else found.shared

    def train_part(self, dataset: Dataset) -> Dataset:
        """Return what `Model.fit` sees: training conditions and model halves of their contexts."""
        hidden = _joined([_positions(self.held_rows), _positions(self.calibration_rows)])
        return self._part(dataset, self.train, without=hidden)

    def calibration_part(self, dataset: Dataset) -> Dataset | None:
        """Return calibration conditions with the model halves, or None where there are none."""
        if not self.calibration:
            return None
        held = _positions(self.held_rows)
        return self._part(dataset, self.calibration, only=self.calibration_rows, without=held)

    def test_part(self, dataset: Dataset) -> Dataset:
        """Return the held-out observations, without controls: for the bench and metrics alone."""
        return dataset.take(self._of(dataset, self.test, self.held_rows))

    def _part(
        self,
        dataset: Dataset,
        conditions: Iterable[Condition],
        *,
        without: np.ndarray,
        only: np.ndarray | None = None,
    ) -> Dataset:
        conditions = tuple(conditions)
        contexts = {c.context for c in conditions}
        halves = _joined([self.control_half(context, "model") for context in contexts])
        keep = self._of(dataset, conditions, only)
        if without.size:
            keep &= ~np.isin(dataset.rows, without)
        return dataset.take(keep | np.isin(dataset.rows, halves))

    @staticmethod
    def _of(
        dataset: Dataset, conditions: Iterable[Condition], only: np.ndarray | None
    ) -> np.ndarray:
        """(n_obs,) True for observations of some conditions, and of some positions only."""
        wanted = set(conditions)
        is_wanted = np.array([c in wanted for c in dataset.conditions])
        keep: np.ndarray = is_wanted[dataset.codes]
        return keep if only is None else keep & np.isin(dataset.rows, only)

    def query(self, dataset: Dataset) -> Query:
        """Return what `Model.predict` sees: test conditions and model halves, nothing else."""
        return self.query_for(dataset, self.test)

    def query_for(self, dataset: Dataset, conditions: Iterable[Condition]) -> Query:
        """Return a query for any conditions, with the model halves of their contexts."""
        rows = tuple(QueryRow(c.perturbation, c.context, horizon_h=c.horizon_h) for c in conditions)
        contexts = tuple(sorted({row.origin for row in rows}, key=str))
        halves = [self.control_half(context, "model") for context in contexts]
        index = np.repeat(np.arange(len(contexts)), [len(h) for h in halves])
        positions = np.concatenate(halves)
        order = np.argsort(positions, kind="stable")
        part = dataset.take(np.isin(dataset.rows, positions))
        controls = Controls.of(contexts, part, index[order])
        return Query(rows, controls, dataset.genes, dataset.scale, dataset.components)


def _positions(rows: np.ndarray | None) -> np.ndarray:
    return np.empty(0, dtype=np.int64) if rows is None else np.asarray(rows, dtype=np.int64)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])
