"""Context shift: how much more likely each context's control cells are in another context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foretell.core.context import Context
from foretell.core.dataset import Dataset

__all__ = ["ControlSpace"]

AT_MOST = 500  # control cells per context; more add time, and little to a mean ratio


@dataclass(frozen=True, eq=False)
class ControlSpace:
    """Control cells of training and calibration contexts, in principal components.

    Parameters
    ----------
    contexts : names of the contexts.
    center, axes : (g,), (k, g) of the components.
    Z : (n, k) coordinates of the control cells.
    code : (n,) context of each.
    """

    contexts: tuple[str, ...]
    center: np.ndarray
    axes: np.ndarray
    Z: np.ndarray
    code: np.ndarray

    @classmethod
    def of(
        cls, parts: list[Dataset], components: int, rng: np.random.Generator
    ) -> ControlSpace | None:
        """Collect controls, each context once; None where there are none (relative scales)."""
        cells: dict[str, np.ndarray] = {}
        for data in parts:
            for context in sorted({c.context for c in data.present if c.is_control}, key=str):
                if str(context) not in cells and not data.scale.is_relative:
                    X = _dense(data.controls(context).values())
                    some = np.sort(rng.permutation(len(X))[:AT_MOST])
                    cells[str(context)] = X[some]
        if not cells:
            return None
        X = np.concatenate(list(cells.values()))
        center = X.mean(axis=0)
        _, _, axes = np.linalg.svd(X - center, full_matrices=False)
        axes = axes[: min(components, len(axes))]
        code = np.repeat(np.arange(len(cells)), [len(part) for part in cells.values()])
        return cls(tuple(cells), center, axes, (X - center) @ axes.T, code)

    def ratios(self, target: Any, known: tuple[Context, ...]) -> tuple[np.ndarray, float]:
        """Return how much likelier the cells of known contexts are in a target context.

        A logistic regression on the components tells target from known controls; its odds,
        corrected for the numbers of cells, are averaged over the cells of each context.

        Parameters
        ----------
        target : (m, g) control cells of the context asked for.
        known : contexts of the calibration conditions.

        Returns
        -------
        (len(known),) mean ratio of each, and the mean ratio of the target's own cells.
        """
        from sklearn.linear_model import LogisticRegression

        cells = _dense(target)
        own = (cells[:: max(1, len(cells) // AT_MOST)] - self.center) @ self.axes.T
        place = {name: i for i, name in enumerate(self.contexts)}
        at = np.array([place[str(context)] for context in known], dtype=np.int64)
        used = np.isin(self.code, at)
        X = np.concatenate([self.Z[used], own])
        X = X / np.maximum(X.std(axis=0), 1e-12)
        is_target = np.arange(len(X)) >= used.sum()
        fit = LogisticRegression(max_iter=1000).fit(X, is_target)
        odds = np.exp(np.clip(fit.decision_function(X), -30.0, 30.0))
        odds *= used.sum() / max(len(own), 1)
        per_context = np.bincount(self.code[used], odds[: used.sum()], len(self.contexts))
        count = np.bincount(self.code[used], minlength=len(self.contexts))
        mean = per_context / np.maximum(count, 1)
        return mean[at], float(odds[used.sum() :].mean())


def _dense(X: Any) -> np.ndarray:
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=float)
