"""Curves: precision, recall and ROC of a ranking of genes, against those that really respond."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from foretell.core.metric import Answer, Metric, ScoreFunction, Truth, metric
from foretell.metrics.differential.rankings import Ranking, prevalence, ranking
from foretell.metrics.sides import in_blocks, says_nothing

__all__ = [
    "de_auprc_fdr",
    "de_auprc_lfc",
    "de_auprc_t",
    "de_auprc_trapezoid",
    "de_auroc",
    "de_precision_at_recall25",
    "de_precision_at_recall50",
    "de_precision_at_recall75",
]

LABEL = (
    "genes with Benjamini-Hochberg FDR < 0.05 in a test of held-out observations against the "
    "truth half of the controls"
)
_curve = partial(
    metric,
    higher_is_better=True,
    best=1.0,
    chance="prevalence",
    needs={"tests"},
    accepts_relative=False,
    reference="zhu2025",
)


@_curve(
    name="de_auprc[abs_lfc]",
    formula=f"average precision of |predicted shift| for {LABEL}",
    used_by="DE-AUPRC of Zhu et al. 2025; scPertEval `de_auprc` on |log fold change|",
    is_standard=True,
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_auprc_lfc(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the precision-recall curve of differential genes; chance is their share.

    NaN where no gene differs. A mean-only prediction is not penalised for having no cell noise:
    it is ranked by the size of its shift, and never tested. A zero or constant predicted shift is
    a total tie and scores the share itself.
    """
    return _average_precision(ranking(truth, answer))


@_curve(
    name="de_auprc[fdr]",
    formula=f"average precision of -log10 FDR in a test of the model's own cells, for {LABEL}",
    needs={"tests", "predicted_tests"},
    used_by="cell-eval `pr_auc`, FDR clipped at 1e-10 and NaN in the aggregate without DE genes",
    fails={"fourfold", "constant_cells"},
)
@in_blocks
def de_auprc_fdr(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the precision-recall curve, genes ranked by a test of the model's cells.

    Asks whether sampled cells look differential, so it depends on how many are drawn and how
    noisy they are. Chance where the prediction is no change.
    """
    score = _average_precision(ranking(truth, answer, "fdr"))
    return _silent(score, truth, answer)


@_curve(
    name="de_auprc[t]",
    formula=f"average precision of |t| in a test of the model's own cells, for {LABEL}",
    needs={"tests", "predicted_tests"},
    used_by="scPertEval `de_auprc`",
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_auprc_t(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the precision-recall curve, genes ranked by |t| of the model's cells."""
    return _silent(_average_precision(ranking(truth, answer, "t")), truth, answer)


@_curve(
    name="de_auprc[abs_lfc,trapezoid]",
    formula="area under the precision-recall curve of |predicted shift| by straight lines between "
    f"thresholds, from precision 1 at recall 0, for {LABEL}",
    used_by="BEELINE-style code, `auc(recall, precision)`",
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_auprc_trapezoid(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the precision-recall curve by trapezoids: optimistic, and more so with ties.

    Given for comparison with other tools; straight lines promise precision that no threshold has.
    A constant predicted shift scores the share of differential genes by definition (by trapezoids
    it would score half of 1 + that share).
    """
    found = ranking(truth, answer)
    first, last = found.ties
    before = np.where(first > 0, found.precision(np.maximum(first - 1, 0)), 1.0)
    return _silent(found.mean(0.5 * (found.precision(last) + before)), truth, answer)


@_curve(
    formula=f"chance that one of the {LABEL} has a larger |predicted shift| than another gene, "
    "ties counted by half",
    chance=0.5,
    used_by="scPertEval `de_auroc`; cell-eval `roc_auc`, by predicted FDR",
    reference="hanley1982",
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_auroc(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the ROC curve of differential genes; easy where they are few and large.

    A constant predicted shift scores 0.5. NaN where no gene differs, or all do.
    """
    found = ranking(truth, answer)
    return found.defined(found.rows.auroc(found.genes))


def _at_recall(percent: int, *also: str) -> Callable[[ScoreFunction], Metric]:
    return _curve(
        name=f"de_precision_at_recall{percent}",
        formula=f"precision at the first threshold of |predicted shift| that finds {percent} % of "
        f"the {LABEL}",
        fails={"quarter", "fourfold", *also},
    )


@_at_recall(25, "offset")
@in_blocks
def de_precision_at_recall25(truth: Truth, answer: Answer) -> np.ndarray:
    """Precision where a quarter of the differential genes are found; equal shifts pass together."""
    return _precision_at(truth, answer, 0.25)


@_at_recall(50)
@in_blocks
def de_precision_at_recall50(truth: Truth, answer: Answer) -> np.ndarray:
    """Precision where half of the differential genes are found; equal shifts pass together."""
    return _precision_at(truth, answer, 0.5)


@_at_recall(75)
@in_blocks
def de_precision_at_recall75(truth: Truth, answer: Answer) -> np.ndarray:
    """Precision where three quarters of the differential genes are found."""
    return _precision_at(truth, answer, 0.75)


def _precision_at(truth: Truth, answer: Answer, recall: float) -> np.ndarray:
    found = ranking(truth, answer)
    needed = np.maximum(np.ceil(recall * found.genes.size - 1e-9), 1.0)
    at = np.minimum((found.found < needed[:, None]).sum(axis=1), found.found.shape[1] - 1)
    row = np.arange(len(at))
    last = found.rows.last[row, at]
    return found.defined(found.found[row, last] / (last + 1.0))


def _average_precision(found: Ranking) -> np.ndarray:
    return found.mean(found.precision(found.ties[1]))


def _silent(score: np.ndarray, truth: Truth, answer: Answer) -> np.ndarray:
    """Set answers of no change to chance where the score is defined."""
    flat = says_nothing(truth, answer) & ~np.isnan(score)
    return np.where(flat, prevalence(truth), score)
