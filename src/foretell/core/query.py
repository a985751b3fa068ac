"""Query: all that a model may see when predicting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.context import Condition, Context
from foretell.core.errors import UnknownName, shorten
from foretell.core.folder import read_folder, write_folder
from foretell.core.perturbation import Perturbation
from foretell.core.prediction import ABSTAINED, FALLBACK, SUPPORTED, Prediction
from foretell.core.scale import Scale

if TYPE_CHECKING:
    import pandas as pd

    from foretell.core.dataset import Dataset

__all__ = ["Controls", "Query", "QueryRow"]


@dataclass(frozen=True)
class QueryRow:
    """One asked output.

    Parameters
    ----------
    perturbation, context : what to predict, and for which cells.
    start : context whose controls are the starting point; the context itself where None.
    horizon_h : hours to the asked output, where the question has a time.
    clamps : (target, level) pairs to hold a target at; the only truth that a query can hold,
        and only under the ``reveal`` policy.
    """

    perturbation: Perturbation
    context: Context
    start: Context | None = None
    horizon_h: float | None = None
    clamps: tuple[tuple[str, float], ...] = ()

    @property
    def origin(self) -> Context:
        """Context whose controls the predicted shift refers to."""
        return self.context if self.start is None else self.start

    @property
    def condition(self) -> Condition:
        """The condition asked for."""
        return Condition(self.perturbation, self.context, self.horizon_h)


@dataclass(frozen=True, eq=False)
class Controls:
    """Control observations of the ``model`` half.

    Parameters
    ----------
    contexts : contexts of the query's rows.
    X : (n_obs, n_genes) observations, dense or CSR.
    context_index : (n_obs,) position of each observation's context.
    mean : (n_contexts, n_genes) control mean; 0 on a relative scale.
    """

    contexts: tuple[Context, ...]
    X: Any
    context_index: np.ndarray
    mean: np.ndarray

    @classmethod
    def of(
        cls, contexts: tuple[Context, ...], part: Dataset, context_index: np.ndarray
    ) -> Controls:
        """Collect the control observations of a data set."""
        if part.scale.is_relative or not part.n_obs:
            g = len(part.genes)
            nothing = np.zeros((0, g))
            return cls(contexts, nothing, np.empty(0, np.int64), np.zeros((len(contexts), g)))
        mean = part.moments(context_index, len(contexts), squares=False).mean
        return cls(contexts, part.values(), context_index, mean)

    @property
    def n(self) -> np.ndarray:
        """(n_contexts,) control observations."""
        return np.bincount(self.context_index, minlength=len(self.contexts))

    def cells(self, context: Context) -> Any:
        """Return the control observations of one context."""
        return self.X[np.flatnonzero(self.context_index == self.contexts.index(context))]


@dataclass(frozen=True, eq=False)
class Query:
    """Rows to predict, with the controls to start from; no field can hold held-out expression.

    Parameters
    ----------
    rows : one per asked output.
    controls : control observations of the ``model`` half.
    genes : (n_genes,) names, in the order of every array.
    scale : scale of the values asked for.
    components : table by target (gene id, SMILES, mechanism), or None.
    """

    rows: tuple[QueryRow, ...]
    controls: Controls
    genes: np.ndarray
    scale: Scale
    components: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        missing = {row.origin for row in self.rows} - set(self.controls.contexts)
        if missing:
            raise UnknownName(
                f"the query has no controls of {shorten(sorted(map(str, missing)))}",
                "give control observations of every context that is asked for",
            )

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def perturbations(self) -> tuple[Perturbation, ...]:
        """Perturbation of each row."""
        return tuple(row.perturbation for row in self.rows)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Condition of each row."""
        return tuple(row.condition for row in self.rows)

    @cached_property
    def control_index(self) -> np.ndarray:
        """(n_rows,) position of each row's starting context in `controls.contexts`."""
        position = {context: i for i, context in enumerate(self.controls.contexts)}
        return np.array([position[row.origin] for row in self.rows], dtype=np.int64)

    @property
    def control(self) -> np.ndarray:
        """(n_rows, n_genes) control mean that each row starts from."""
        control: np.ndarray = self.controls.mean[self.control_index]
        return control

    @classmethod
    def of(cls, dataset: Dataset, conditions: Iterable[Condition]) -> Query:
        """Ask for conditions, starting from the data set's own controls.

        For wrappers that ask a model about conditions which they hold out of training: the
        controls of a training part are those of the ``model`` half, and no more.
        """
        rows = tuple(QueryRow(c.perturbation, c.context, horizon_h=c.horizon_h) for c in conditions)
        contexts = tuple(sorted({row.origin for row in rows}, key=str))
        position = {context: i for i, context in enumerate(contexts)}
        code = np.array(
            [position.get(c.context, -1) if c.is_control else -1 for c in dataset.conditions],
            dtype=np.int64,
        )
        index = code[dataset.codes]
        controls = Controls.of(contexts, dataset.take(index >= 0), index[index >= 0])
        return cls(rows, controls, dataset.genes, dataset.scale, dataset.components)

    def select(self, positions: Sequence[int]) -> Query:
        """Return a query of some rows, with the same controls."""
        return replace(self, rows=tuple(self.rows[i] for i in positions))

    def answer(
        self,
        shift: np.ndarray | None = None,
        *,
        mean: np.ndarray | None = None,
        fallback: np.ndarray | None = None,
        abstain: np.ndarray | None = None,
        reason: str = "",
        **optional: Any,
    ) -> Prediction:
        """Build the prediction from shifts or means (n_rows, n_genes).

        `fallback` and `abstain` are masks (n_rows,) of rows that the model cannot support, with
        one `reason`; an abstained row's values are NaN.
        """
        if mean is None:
            mean = self.control + (0.0 if shift is None else shift)
        support = np.full(len(self), SUPPORTED, dtype="<U9")
        if fallback is not None:
            support[fallback] = FALLBACK
        if abstain is not None:
            support[abstain] = ABSTAINED
            mean = np.where(abstain[:, None], np.nan, mean)
        reasons = tuple("" if s == SUPPORTED else reason for s in support)
        return Prediction(
            mean=np.asarray(mean, dtype=float),
            genes=self.genes,
            scale=self.scale,
            control=self.controls.mean,
            control_index=self.control_index,
            support=support,
            reasons=reasons,
            **optional,
        )

    def save(self, folder: Path) -> None:
        """Write the folder form: ``tree.json`` and ``arrays.npz``."""
        write_folder(folder, self)

    @classmethod
    def load(cls, folder: Path) -> Query:
        """Read the folder form."""
        return read_folder(folder, cls)
