"""Metric: a function of truth and answer, with its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["Answer", "Metric", "ScoreFunction", "Truth", "metric"]


@dataclass(frozen=True, eq=False)
class Truth:
    """What was measured under n conditions of one context, on the genes of one prediction.

    Parameters
    ----------
    mean : (n, g) mean of the held-out observations.
    control : (g,) mean of the ``truth`` half of the controls; 0 on a relative scale.
    reference : (g,) mean profile of the training perturbations, as the truth side refers to it.
    mask : (n, g) True for genes that count (measured, and not directly targeted).
    variance : (n, g) variance between observations, or None where they are not cells.
    n_obs : (n,) held-out observations.
    control_variance : (g,) variance between control observations, or None.
    control_n : control observations of the ``truth`` half.
    pool : (m, g) true shifts of all conditions that compete in a retrieval, or None.
    own : (n,) position of each condition in `pool`.
    pool_mask : (g,) True for genes that no competitor targets directly.
    """

    mean: np.ndarray
    control: np.ndarray
    reference: np.ndarray
    mask: np.ndarray
    n_obs: np.ndarray
    variance: np.ndarray | None = None
    control_variance: np.ndarray | None = None
    control_n: int = 0
    pool: np.ndarray | None = None
    own: np.ndarray | None = None
    pool_mask: np.ndarray | None = None

    @property
    def shift(self) -> np.ndarray:
        """(n, g) true shift from the ``truth`` half of the controls."""
        shift: np.ndarray = self.mean - self.control
        return shift


@dataclass(frozen=True, eq=False)
class Answer:
    """What was predicted for the same conditions and genes.

    Parameters
    ----------
    mean : (n, g) predicted mean profile.
    control : (g,) mean of the ``model`` half of the controls, that the shift refers to.
    reference : (g,) mean profile of the training perturbations, as the model side refers to it.
    """

    mean: np.ndarray
    control: np.ndarray
    reference: np.ndarray

    @property
    def shift(self) -> np.ndarray:
        """(n, g) predicted shift from the ``model`` half of the controls."""
        shift: np.ndarray = self.mean - self.control
        return shift


ScoreFunction = Callable[[Truth, Answer], np.ndarray]


@dataclass(frozen=True)
class Metric:
    """A score per condition, and everything that is needed to read it.

    Parameters
    ----------
    name : registry name.
    formula : what is computed, in one line.
    higher_is_better : direction.
    best : value of a perfect answer.
    chance : value of an uninformative answer; None where there is none (errors),
        ``prevalence`` where it depends on the condition.
    level : unit of the score.
    needs : of ``cells`` (variances), ``pool`` (a retrieval among conditions), ``labels`` (a
        truth of up, down or unchanged, where 0 says that a gene was looked at and did not move).
    accepts_relative, accepts_censored : data that it is defined for.
    reference : key in ``docs/references.bib``.
    score : (truth, answer) -> (n,) values; NaN where undefined.
    """

    name: str
    formula: str
    higher_is_better: bool
    best: float
    chance: float | str | None
    score: ScoreFunction
    level: Literal["condition", "gene", "dataset"] = "condition"
    needs: frozenset[str] = frozenset()
    accepts_relative: bool = True
    accepts_censored: bool = False
    reference: str = ""

    def __call__(self, truth: Truth, answer: Answer) -> np.ndarray:
        """Score n conditions."""
        return np.asarray(self.score(truth, answer), dtype=float)


def metric(
    *,
    formula: str,
    higher_is_better: bool,
    best: float,
    chance: float | str | None,
    needs: frozenset[str] = frozenset(),
    accepts_relative: bool = True,
    accepts_censored: bool = False,
    reference: str = "",
) -> Callable[[ScoreFunction], Metric]:
    """Turn a function into a `Metric` of the function's name."""

    def declare(score: ScoreFunction) -> Metric:
        return Metric(
            name=getattr(score, "__name__", "metric"),
            formula=formula,
            higher_is_better=higher_is_better,
            best=best,
            chance=chance,
            score=score,
            needs=needs,
            accepts_relative=accepts_relative,
            accepts_censored=accepts_censored,
            reference=reference,
        )

    return declare
