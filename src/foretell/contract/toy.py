"""Toy: a simulated screen that is fitted in milliseconds, with a split for every task it allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from foretell.core.dataset import Dataset
from foretell.core.errors import EmptySplit
from foretell.core.mapping import ColumnMapping
from foretell.core.matrix import Matrix
from foretell.core.model import Model
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import Prediction
from foretell.core.query import Query
from foretell.core.split import Split
from foretell.core.task import TaskName
from foretell.data.simulate import Screen, simulate
from foretell.splits.make import make, task_files

__all__ = ["ALIEN", "Question", "answer", "ask", "fitted", "split_for", "toy_dataset", "toy_splits"]

KIND = "interference"
ALIEN = Perturbation.of("A GENE THAT NOBODY KNOWS", kind=KIND)
SCREEN = Screen(
    n_perturbations=12,
    n_combinations=8,
    n_genes=20,
    n_regulators=6,
    n_contexts=3,
    cells_per_condition=8,
    controls_per_context=48,
    seed=1,
)


@cache
def toy_dataset() -> Dataset:
    """Return twelve targets alone, eight pairs and controls in three contexts, on log1p.

    One target is not among the measured genes. Controls are many enough to be halved.
    """
    from scipy.sparse import csr_matrix

    simulation = simulate(SCREEN)
    adata, unmeasured = simulation.adata, simulation.truth.perturbations["perturbation"].iloc[-1]
    adata = adata[:, adata.var_names != unmeasured].copy()
    counts = adata.X.toarray().astype(np.float64)
    adata.X = csr_matrix(np.log1p(1e3 * counts / counts.sum(axis=1, keepdims=True)))
    mapping = ColumnMapping(context=("cell_type",), blocks=("batch",), scale="log1p", kind=KIND)
    return Dataset.from_anndata(adata, mapping, name="toy")


@cache
def toy_splits() -> dict[TaskName, Split]:
    """Return the first fold, with calibration, of every task that the toy screen allows."""
    return dict(_splits())


def _splits() -> Iterator[tuple[TaskName, Split]]:
    for name in task_files():
        try:
            yield TaskName(name), make(toy_dataset(), name, folds=3, calibration=0.25)[0]
        except EmptySplit:
            continue


@dataclass(frozen=True, eq=False)
class Question:
    """What a model is given for one split; the values are copies of the toy's.

    Parameters
    ----------
    train, calibration : for `Model.fit`; `calibration` goes to models that declare its use.
    query : for `Model.predict`.
    """

    split: Split
    dataset: Dataset
    train: Dataset
    calibration: Dataset | None
    query: Query


def ask(split: Split, dataset: Dataset | None = None) -> Question:
    """Build what a model is given, from fresh copies."""
    data = toy_dataset() if dataset is None else dataset
    data = replace(data, matrix=Matrix(data.matrix.X.copy()))
    train, calibration = split.train_part(data), split.calibration_part(data)
    return Question(split, data, train, calibration, split.query(data))


def split_for(model: Model) -> Split:
    """Return the split of a task that the model declares, or any."""
    splits = toy_splits()
    declared = [split for task, split in splits.items() if task in model.tasks]
    return declared[0] if declared else next(iter(splits.values()))


def fitted(model: Model, question: Question) -> Model:
    """Fit a fresh copy; calibration conditions only where their use is declared."""
    calibration = question.calibration if model.info.uses_calibration else None
    return model.with_seed(model.seed).fit(question.train, calibration)


def answer(model: Model, question: Question) -> Prediction:
    """Fit a fresh copy and predict."""
    return fitted(model, question).predict(question.query)
