"""Metric: a function of truth and answer, with its record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from foretell.core.gene_tests import GeneTests
from foretell.core.population import Population

__all__ = ["NEEDS", "Answer", "Metric", "ScoreFunction", "Truth", "metric"]


@dataclass(frozen=True, eq=False)
class Truth:
    """What was measured under n conditions of one context, on the genes of one prediction.

    Parameters
    ----------
    mean : (n, g) mean of the held-out observations.
    control : (g,) mean of the ``truth`` half of the controls; 0 on a relative scale.
    reference : (g,) mean profile of the training perturbations, as the truth side refers to it.
    mask : (n, g) True for genes that count (measured, and not directly targeted).
    n_obs : (n,) held-out observations.
    variance : (n, g) variance between observations, or None where they are not cells.
    detected : (n, g) share of the observations above 0, or None.
    control_variance : (g,) variance between control observations, or None.
    control_n : control observations of the ``truth`` half.
    pool : (m, g) true shifts of all conditions that compete in a retrieval, or None.
    own : (n,) position of each condition in `pool`.
    pool_mask : (g,) True for genes that no competitor targets directly.
    train : (k, g) shifts of the training conditions of the context, or None.
    tests : which genes differ from the controls, or None where no test is possible.
    cells : held-out cells in principal components fitted on training, or None.
    panel : the same cells on a panel of genes that vary in training, or None.
    parts : (n, g) sum of the measured shifts of a combination's parts; rows of NaN where a
        condition is no combination or a part was not measured; or None.
    part_shifts : (n, 2, g) the two measured shifts that `parts` adds up, NaN likewise, or None.
    gene_sets : (s, g) True for the members of each gene set, or None.
    phenotypes : (m,) label that conditions of the pool share with those of like effect (mechanism,
        pathway, phenotype), as small integers; -1 = unknown; or None.
    """

    mean: np.ndarray
    control: np.ndarray
    reference: np.ndarray
    mask: np.ndarray
    n_obs: np.ndarray
    variance: np.ndarray | None = None
    detected: np.ndarray | None = None
    control_variance: np.ndarray | None = None
    control_n: int = 0
    pool: np.ndarray | None = None
    own: np.ndarray | None = None
    pool_mask: np.ndarray | None = None
    train: np.ndarray | None = None
    tests: GeneTests | None = None
    cells: Population | None = None
    panel: Population | None = None
    parts: np.ndarray | None = None
    part_shifts: np.ndarray | None = None
    gene_sets: np.ndarray | None = None
    phenotypes: np.ndarray | None = None

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
    pool : (m, g) predicted shifts of all conditions that were predicted together, or None.
    own : (n,) position of each condition in `pool`.
    variance : (n, g) variance between sampled cells, or None where the model draws none.
    detected : (n, g) share of the sampled cells above 0, or None.
    tests : which genes differ between sampled cells and controls, or None.
    cells, panel : predicted cells in the spaces of the truth, or None.
    lower, upper : (n, g) interval for the mean profile, infinite where none can be given; or None.
    coverage : nominal coverage of the interval.
    sd : (n, g) predictive standard deviation of the mean profile, or None.
    calls : (n, g) genes that are called differential, or None.
    call_fdr : false discovery rate that `calls` claim.
    confidence : (n,) how far each answer can be trusted, larger = more; or None.
    """

    mean: np.ndarray
    control: np.ndarray
    reference: np.ndarray
    pool: np.ndarray | None = None
    own: np.ndarray | None = None
    variance: np.ndarray | None = None
    detected: np.ndarray | None = None
    tests: GeneTests | None = None
    cells: Population | None = None
    panel: Population | None = None
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    coverage: float | None = None
    sd: np.ndarray | None = None
    calls: np.ndarray | None = None
    call_fdr: float | None = None
    confidence: np.ndarray | None = None

    @property
    def shift(self) -> np.ndarray:
        """(n, g) predicted shift from the ``model`` half of the controls."""
        shift: np.ndarray = self.mean - self.control
        return shift


ScoreFunction = Callable[[Truth, Answer], np.ndarray]


NEEDS = {
    "variance": "variances between held-out observations",
    "pool": "a retrieval among conditions",
    "predicted_pool": "predictions of several conditions, made together",
    "labels": "a truth of up, down or unchanged, where 0 says: looked at and did not move",
    "tests": "tests of held-out observations against the controls",
    "predicted_tests": "tests of the model's own sampled cells",
    "cells": "held-out cells in principal components",
    "panel": "held-out cells on a panel of genes",
    "sampled": "cells that the model draws itself",
    "train": "shifts of training conditions",
    "parts": "measured parts of a combination",
    "gene_sets": "gene sets, named by the study",
    "phenotypes": "labels that conditions of like effect share, such as mechanisms of action",
    "interval": "predicted intervals",
    "sd": "predictive standard deviations, or intervals",
    "calls": "genes that the model calls differential",
    "confidence": "a confidence per condition, or intervals",
}


@dataclass(frozen=True)
class Metric:
    """A score per condition, and everything that is needed to read it.

    Parameters
    ----------
    name : registry name; a variant stands in brackets, ``de_auprc[fdr]``.
    formula : what is computed, in one line.
    higher_is_better : direction; None for a description, which has a best value but no order.
    best : value of a perfect answer.
    best_is_expected : True where fresh cells of the true population reach `best` on average only,
        as for unbiased distances; a copy of the very cells that are held out may lie beyond.
    chance : value of an uninformative answer; None where there is none (errors); a word where it
        depends on the condition: ``prevalence``, the share of true genes among those that count;
        ``top_share``, k over the number of genes (or gene sets) that k are picked from;
        ``pool_share``, what a random order of the pool scores.
    level : what one number stands for. ``condition``: each condition has its own. ``gene`` and
        ``dataset``: one statistic of all conditions; the n values are theta + the centred
        jackknife influence of each condition, so that their mean is the statistic and their
        spread is its uncertainty. ``network``: a network against a reference.
    needs : keys of `NEEDS`.
    refers_to : what shifts are taken from: ``control`` (then cross-fitted halves and the shared
        control differ), ``perturbed`` mean, or ``nothing`` (profiles are compared as they are).
    is_calibrated : False for metrics that are high for any answer, such as raw correlations.
    is_standard : True for the metrics of a study that names none.
    whole : True where all held-out observations are the truth, False where halves of them are.
    accepts_relative, accepts_censored : data that it is defined for.
    fails : names of the transformations of `foretell.contract.gaming` that it does not withstand.
    used_by : which evaluators use this variant, and under which name.
    reference : key in ``docs/references.bib``.
    score : (truth, answer) -> (n,) values; NaN where undefined.
    """

    name: str
    formula: str
    higher_is_better: bool | None
    best: float
    chance: float | str | None
    score: ScoreFunction
    level: Literal["condition", "gene", "dataset", "network"] = "condition"
    needs: frozenset[str] = frozenset()
    refers_to: Literal["control", "perturbed", "nothing"] = "control"
    is_calibrated: bool = True
    is_standard: bool = False
    whole: bool = False
    accepts_relative: bool = True
    accepts_censored: bool = False
    best_is_expected: bool = False
    fails: frozenset[str] = frozenset()
    used_by: str = ""
    reference: str = ""

    def __call__(self, truth: Truth, answer: Answer) -> np.ndarray:
        """Score n conditions."""
        return np.asarray(self.score(truth, answer), dtype=float)


def metric(
    *,
    formula: str,
    higher_is_better: bool | None,
    best: float,
    chance: float | str | None,
    name: str = "",
    level: Literal["condition", "gene", "dataset", "network"] = "condition",
    needs: Iterable[str] = (),
    refers_to: Literal["control", "perturbed", "nothing"] = "control",
    is_calibrated: bool = True,
    is_standard: bool = False,
    whole: bool = False,
    accepts_relative: bool = True,
    accepts_censored: bool = False,
    best_is_expected: bool = False,
    fails: Iterable[str] = (),
    used_by: str = "",
    reference: str = "",
) -> Callable[[ScoreFunction], Metric]:
    """Turn a function into a `Metric` of the function's name, unless another one is given."""

    def declare(score: ScoreFunction) -> Metric:
        return Metric(
            name=name or getattr(score, "__name__", "metric"),
            formula=formula,
            higher_is_better=higher_is_better,
            best=best,
            chance=chance,
            score=score,
            level=level,
            needs=frozenset(needs),
            refers_to=refers_to,
            is_calibrated=is_calibrated,
            is_standard=is_standard,
            whole=whole,
            accepts_relative=accepts_relative,
            accepts_censored=accepts_censored,
            best_is_expected=best_is_expected,
            fails=frozenset(fails),
            used_by=used_by,
            reference=reference,
        )

    return declare
