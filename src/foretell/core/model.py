"""Model and ModelInfo: the template of every forecaster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import BadModelOutput, EmptySplit, NotFitted, UnknownName, shorten
from foretell.core.folder import atomic_folder, read_folder, read_tree, write_tree
from foretell.core.prediction import FALLBACK, PER_ROW, Prediction
from foretell.core.profiles import Profiles
from foretell.core.query import Query, QueryRow
from foretell.core.seeds import rng_for
from foretell.core.task import TaskName

__all__ = ["ALL_TASKS", "Model", "ModelInfo"]

ALL_TASKS = tuple(TaskName)


@dataclass(frozen=True)
class ModelInfo:
    """What a model is and can do, declared as data beside the class.

    Parameters
    ----------
    name : registry name; the file's name.
    family : folder below ``models``.
    summary : one line.
    tasks : tasks whose unseen conditions the model answers without falling back.
    level : ``profiles`` if it is fitted on mean profiles, ``cells`` if on observations.
    outputs : ``mean``, ``cells``, ``interval``.
    extras : optional dependency groups that it needs.
    knowledge : prior knowledge that it needs.
    uses_calibration : True where calibration conditions are used.
    whole_query : True where a row's answer depends on the other rows, on purpose.
    saves : ``state``, or ``profiles`` where a third-party estimator is refitted on load.
    reference : key in ``docs/references.bib``, or empty.
    licence_of_weights : where weights come with the model.
    """

    name: str
    family: str
    summary: str
    tasks: tuple[TaskName, ...]
    level: Literal["profiles", "cells"] = "profiles"
    outputs: tuple[str, ...] = ("mean",)
    extras: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    uses_calibration: bool = False
    whole_query: bool = False
    saves: Literal["state", "profiles"] = "state"
    reference: str = ""
    licence_of_weights: str = ""

    def __post_init__(self) -> None:
        if self.saves == "profiles" and (self.level != "profiles" or self.uses_calibration):
            raise BadModelOutput(
                f'{self.name} declares saves = "profiles", but profiles are not all that it needs',
                'keep a state that can be written, with saves = "state"',
            )


@dataclass(eq=False)
class Model(ABC):
    """Predict profiles of conditions that were not measured.

    The public methods are the template: validation, forgetting, seeds, control rows and checks of
    the output. An author writes `info`, fields, `_fit` and `_predict`. Fields are the
    hyperparameters; fitted state ends in ``_``.
    """

    info: ClassVar[ModelInfo]
    seed: int = field(default=0, kw_only=True)

    def fit(self, train: Dataset, calibration: Dataset | None = None) -> Self:
        """Learn from training conditions; calibration goes to models that declare its use."""
        self._forget()
        if not train.perturbed:
            raise EmptySplit(
                f"{self.info.name} was given no perturbed condition to train on",
                "train on more than the controls",
            )
        rng = np.random.default_rng(self.seed)
        data = train.profiles() if self.info.level == "profiles" else train
        self.genes_ = train.genes
        self._fit(data, rng)
        if self.info.uses_calibration:
            self._calibrate(calibration, rng)
        if self.info.saves == "profiles":
            self.training_ = train.profiles()
        return self

    def predict(self, query: Query) -> Prediction:
        """Answer every row; control rows get the control mean of their context."""
        self._check_query(query)
        treated = [i for i, row in enumerate(query.rows) if not row.perturbation.is_control]
        if len(treated) == len(query):
            prediction = self._predict(query)
        else:
            prediction = self._with_controls(query, treated)
        return self._checked(prediction, query)

    @abstractmethod
    def _fit(self, data: Any, rng: np.random.Generator) -> None:
        """Learn from `Profiles` or `Dataset`, as `info.level` says."""

    @abstractmethod
    def _predict(self, query: Query) -> Prediction:
        """Answer perturbed rows; see `Query.answer`."""

    def _calibrate(self, calibration: Dataset | None, rng: np.random.Generator) -> None:
        """Use calibration conditions; called where `info.uses_calibration` is True."""
        raise NotImplementedError(f"{self.info.name} declares uses_calibration")

    def leave_one_out(self) -> np.ndarray | None:
        """Return (n_conditions, n_genes) predictions of every training condition without itself.

        In the order of the training profiles; None where the model has no closed form for it.
        """
        return None

    @classmethod
    def examples(cls) -> list[Self]:
        """Return instances for the contract tests; the defaults, unless overridden."""
        return [cls()]

    def with_seed(self, seed: int) -> Self:
        """Return an unfitted copy with another seed."""
        return replace(self, seed=seed)

    def row_rng(self, row: QueryRow) -> np.random.Generator:
        """Return a generator for one row, the same whatever its companions are."""
        return rng_for(seed=self.seed, model=self.info.name, row=row)

    def save(self, folder: Path) -> None:
        """Write the fitted model as a folder that loads without running code."""
        folder = Path(folder)
        if self.info.saves == "state":
            atomic_folder(folder, lambda part: write_tree(part, self))
            return
        held = {"model": replace(self), "training": self._fitted("training_")}
        atomic_folder(folder, lambda part: write_tree(part, held))

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read a fitted model; one that holds an estimator of another library is refitted."""
        held = read_tree(Path(folder))
        if not isinstance(held, dict):
            return read_folder(Path(folder), Model)  # type: ignore[type-abstract]
        model: Model = held["model"]
        profiles: Profiles = held["training"]
        model.genes_ = profiles.genes
        model._fit(profiles, np.random.default_rng(model.seed))
        model.training_ = profiles
        return model

    @property
    def tasks(self) -> tuple[TaskName, ...]:
        """Tasks that this instance answers; a field can add to what `info` declares."""
        return self.info.tasks

    # --- the template --------------------------------------------------------------------------

    def _forget(self) -> None:
        for name in [n for n in vars(self) if n.endswith("_") and not n.startswith("_")]:
            delattr(self, name)

    def _fitted(self, name: str) -> Any:
        if not hasattr(self, name):
            raise NotFitted(f"{self.info.name} is not fitted", "call fit(train) first")
        return getattr(self, name)

    def _check_query(self, query: Query) -> None:
        genes = self._fitted("genes_")
        if not np.array_equal(genes, query.genes):
            missing = sorted(set(genes) - set(query.genes))
            raise UnknownName(
                f"the query's genes are not those of training ({len(missing)} missing: "
                f"{shorten(missing, 5)})",
                "give the same genes in the same order",
            )

    def _with_controls(self, query: Query, treated: list[int]) -> Prediction:
        answer = query.answer(mean=query.control.copy())
        if not treated:
            return answer
        inner = self._predict(query.select(treated))
        rows = np.asarray(treated)
        answer.mean[rows] = inner.mean
        answer.support[rows] = inner.support
        reasons = [""] * len(query)
        for row, reason in zip(treated, inner.reasons or ("",) * len(treated), strict=True):
            reasons[row] = reason
        parts: dict[str, Any] = {"reasons": tuple(reasons), "coverage": inner.coverage}
        parts["call_fdr"] = inner.call_fdr
        known = {"lower": query.control, "upper": query.control}
        for name in PER_ROW:
            value = getattr(inner, name)
            if value is not None:
                nothing = np.zeros((len(query), *value.shape[1:]), value.dtype)
                whole = known[name].copy() if name in known else nothing
                whole[rows] = value
                parts[name] = whole
        if inner.cell_row is not None:
            parts |= {"cells": inner.cells, "cell_row": rows[inner.cell_row]}
        return replace(answer, **parts)

    def _checked(self, prediction: Prediction, query: Query) -> Prediction:
        name = self.info.name
        if not isinstance(prediction, Prediction):
            raise BadModelOutput(
                f"{name} answered a {type(prediction).__name__}, not a Prediction",
                "build it with query.answer(shift=...)",
            )
        if prediction.mean.shape != (len(query), len(query.genes)):
            raise BadModelOutput(
                f"{name} answered {prediction.mean.shape} to a query of "
                f"{(len(query), len(query.genes))}",
                "return one row per query row and one column per query gene, in their order",
            )
        if not np.array_equal(prediction.genes, query.genes):
            raise BadModelOutput(
                f"{name} answered other genes than those of the query, or in another order",
                "build the prediction with query.answer(shift=...)",
            )
        bad = ~np.isfinite(prediction.mean).all(axis=1) & prediction.answered
        if bad.any():
            raise BadModelOutput(
                f"{name} answered NaN or infinity in {int(bad.sum())} of {len(query)} rows",
                "mark rows that cannot be answered with `abstain`, others must be finite",
            )
        return prediction

    @staticmethod
    def is_fallback(prediction: Prediction) -> np.ndarray:
        """(n_rows,) True where the model could not support the row."""
        return np.asarray(prediction.support == FALLBACK)
