"""Additive: a combination does what its parts do, summed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np

from foretell.core.model import Model, ModelInfo
from foretell.core.prediction import Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query, QueryRow
from foretell.core.task import TaskName
from foretell.models.baselines.mean_shift import group_means, left_out_means, mean_shift

__all__ = ["Additive"]


@dataclass(eq=False)
class Additive(Model):
    r"""Sum the training shifts of the parts, taken from the same context where it has them.

    Model
    -----
    .. math:: \hat S_{a+b} = S_a + S_b

    S_a (n_genes,) training shift of part a. The primary floor of the task *unseen combination*;
    no published deep model beats it on pairs of gene activations (ahlmanneltze2025). It knows
    neither synergy nor saturation.

    Parameters
    ----------
    missing : what a part contributes that was not seen alone: ``mean`` (the mean shift of all
        single training perturbations), ``zero``, or ``abstain`` for the whole row.

    A part seen alone only in other contexts contributes its mean shift there. Rows with a missing
    part are marked as fallback (or abstained). Cost: O(n_conditions n_genes).
    Source: ahlmanneltze2025.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="additive",
        family="baselines",
        summary="sum of the parts' training shifts",
        tasks=(TaskName.UNSEEN_COMBINATION, TaskName.UNSEEN_CONTEXT, TaskName.SEEN_CONDITION),
        reference="ahlmanneltze2025",
    )
    missing: Literal["mean", "zero", "abstain"] = "mean"

    def _fit(self, data: Profiles, rng: np.random.Generator) -> None:
        here = group_means(data, [(c.perturbation, c.context) for c in data.conditions])
        anywhere = group_means(data, [c.perturbation for c in data.conditions])
        self.keys_, self.shifts_ = [*here, *anywhere], [*here.values(), *anywhere.values()]
        single = np.array([c.perturbation.order == 1 for c in data.conditions])
        self.single_shift_ = mean_shift(data.rows(single) if single.any() else data)
        self._training = data

    def _predict(self, query: Query) -> Prediction:
        table = dict(zip(self.keys_, self.shifts_, strict=True))
        answers = [self._row(row, table) for row in query.rows]
        shift = np.array([shift for shift, _ in answers]).reshape(len(query), len(query.genes))
        incomplete = np.array([missing for _, missing in answers], dtype=bool)
        if self.missing == "abstain":
            return query.answer(shift=shift, abstain=incomplete, reason="a part was not seen alone")
        return query.answer(shift=shift, fallback=incomplete, reason="a part was not seen alone")

    def _row(self, row: QueryRow, table: dict[Hashable, np.ndarray]) -> tuple[np.ndarray, bool]:
        """Return the summed shift, and whether a part is missing."""
        shift = np.zeros(len(self.genes_))
        incomplete = False
        for part in row.perturbation.parts():
            known = table.get((part, row.context), table.get(part))
            incomplete |= known is None
            shift = shift + (self._stand_in() if known is None else known)
        return shift, incomplete

    def _stand_in(self) -> np.ndarray:
        return self.single_shift_ if self.missing == "mean" else np.zeros(len(self.genes_))

    def leave_one_out(self) -> np.ndarray | None:
        """Return mean profiles (n_conditions, n_genes); only singles are parts of themselves.

        A single one without itself: its mean elsewhere, or what `missing` says; NaN where that is
        to abstain.
        """
        data = getattr(self, "_training", None)  # not saved
        if data is None or len(data.conditions) < 2:
            return None
        table = dict(zip(self.keys_, self.shifts_, strict=True))
        rows = [QueryRow(c.perturbation, c.context) for c in data.conditions]
        answers = [self._row(row, table) for row in rows]
        shift = np.array([shift for shift, _ in answers])
        incomplete = np.array([missing for _, missing in answers])
        single = np.array([c.perturbation.order == 1 for c in data.conditions])
        if single.any():
            shift[single], incomplete[single] = self._singles_left_out(data.rows(single))
        elif self.missing == "mean":  # every part falls back to a mean that holds the row itself
            parts = np.array([c.perturbation.order for c in data.conditions])[:, None]
            shift = parts * np.nan_to_num(left_out_means(data))
        if self.missing == "abstain":
            shift[incomplete] = np.nan
        profiles: np.ndarray = data.control[data.context_index] + shift
        return profiles

    def _singles_left_out(self, data: Profiles) -> tuple[np.ndarray, np.ndarray]:
        """Return shifts of single perturbations without themselves, and True where none is left."""
        here = [(c.perturbation, c.context) for c in data.conditions]
        anywhere = [c.perturbation for c in data.conditions]
        is_here = np.array([here.count(key) > 1 for key in here])[:, None]
        is_there = np.array([anywhere.count(key) > 1 for key in anywhere])[:, None]
        stand_in = left_out_means(data) if self.missing == "mean" else np.zeros_like(data.S)
        shift = np.where(is_there, left_out_means(data, anywhere), stand_in)
        shift = np.where(is_here, left_out_means(data, here), shift)
        return np.nan_to_num(shift), ~is_there[:, 0]

    @classmethod
    def examples(cls) -> list[Self]:
        """All policies for a missing part."""
        return [cls(), cls(missing="zero"), cls(missing="abstain")]
