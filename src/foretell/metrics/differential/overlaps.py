"""Overlaps: the set of genes that is predicted to respond, against the set that does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from foretell.core.metric import Answer, Metric, ScoreFunction, Truth, metric
from foretell.metrics.differential.rankings import prevalence, ranking
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import differential, given, in_blocks, predicted, true
from foretell.stats.selection import Selection

__all__ = [
    "de_f1_called",
    "de_f1_top_n",
    "de_jaccard_called",
    "de_jaccard_top_n",
    "de_overlap",
    "de_overlap_top20",
    "de_overlap_top50",
    "de_overlap_top100",
    "de_overlap_top200",
    "de_precision_called",
    "de_precision_top_n",
    "de_recall_called",
    "de_recall_top_n",
]

_set = partial(
    metric,
    higher_is_better=True,
    best=1.0,
    needs={"tests"},
    accepts_relative=False,
    reference="adduri2025",
)
_named = partial(_set, chance="prevalence")
_called = partial(_set, chance=None, needs={"tests", "calls"})


@_named(
    formula="share of the k differential genes that are among the k genes with the largest "
    "|predicted shift|, k = number of differential genes, ties broken at random",
    used_by="cell-eval `overlap_at_N` (Virtual Cell Challenge `DES`), among genes that a test of "
    "predicted cells calls, 0 without DE genes; scPertEval `de_overlap_k`",
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_overlap(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of differential genes that the prediction ranks as high as there are.

    A mean-only prediction is ranked by its shift and never tested. A constant predicted shift
    scores the share of differential genes; NaN where there are none.
    """
    return _top_n(truth, answer)


def _top(k: int) -> Callable[[ScoreFunction], Metric]:
    return _set(
        name=f"de_overlap_top{k}",
        formula=f"share of the {k} differential genes with the largest |true shift| that are among "
        f"the {k} genes with the largest |predicted shift|, fewer where fewer differ; ties broken "
        "at random; chance k / number of genes",
        chance="top_share",
        fails={"quarter", "fourfold"},
        used_by=f"cell-eval `overlap_at_{k}`; PEREGGRN `overlap_top_{k}` without a test, above 1 "
        "with ties; scArchon, up-regulated genes only",
    )


@_top(20)
@in_blocks
def de_overlap_top20(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the 20 differential genes that moved most which are predicted to move most."""
    return _top_k(truth, answer, 20)


@_top(50)
@in_blocks
def de_overlap_top50(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the 50 differential genes that moved most which are predicted to move most."""
    return _top_k(truth, answer, 50)


@_top(100)
@in_blocks
def de_overlap_top100(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the 100 differential genes that moved most which are predicted to move most."""
    return _top_k(truth, answer, 100)


@_top(200)
@in_blocks
def de_overlap_top200(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the 200 differential genes that moved most which are predicted to move most."""
    return _top_k(truth, answer, 200)


TOP_N = "of the k genes with the largest |predicted shift|, k = number of differential genes"


@_named(
    name="de_precision[top_n]",
    formula=f"precision {TOP_N}",
    used_by="scArchon, top 20 / 100",
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_precision_top_n(truth: Truth, answer: Answer) -> np.ndarray:
    """Precision of as many predicted genes as there are differential ones; equals `de_overlap`."""
    return _top_n(truth, answer)


@_named(
    name="de_recall[top_n]",
    formula=f"recall {TOP_N}",
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_recall_top_n(truth: Truth, answer: Answer) -> np.ndarray:
    """Recall of as many predicted genes as there are differential ones; equals `de_overlap`."""
    return _top_n(truth, answer)


@_named(
    name="de_f1[top_n]",
    formula=f"F1 {TOP_N}",
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_f1_top_n(truth: Truth, answer: Answer) -> np.ndarray:
    """F1 of as many predicted genes as there are differential ones; equals `de_overlap`."""
    return _top_n(truth, answer)


@_set(
    name="de_jaccard[top_n]",
    formula=f"o / (2 - o), o = overlap {TOP_N}; chance at the overlap of chance",
    chance=None,
    fails={"quarter", "fourfold"},
)
@in_blocks
def de_jaccard_top_n(truth: Truth, answer: Answer) -> np.ndarray:
    """Jaccard index of as many predicted genes as there are differential ones.

    The order of models in one condition is that of `de_overlap`.
    """
    overlap = _top_n(truth, answer)
    return overlap / (2.0 - overlap)


@_called(
    name="de_precision[called]",
    formula="share of the genes that the model calls which are differential in a test",
    chance="prevalence",
    used_by="cell-eval `precision_at_N`, calls from a test of predicted cells, 0 without calls",
    fails={"inflated_cells"},
)
@in_blocks
def de_precision_called(truth: Truth, answer: Answer) -> np.ndarray:
    """Precision of the model's own calls; a model that calls nothing is at chance."""
    both, called, true_n = _counts(truth, answer)
    precision = np.where(called > 0, both / np.maximum(called, 1), prevalence(truth))
    return np.where(true_n > 0, precision, np.nan)


@_called(
    name="de_recall[called]",
    formula="share of the differential genes that the model calls",
    used_by="cell-eval `de_sig_genes_recall`, calls from a test of predicted cells",
    fails={
        "fourfold",
        "offset",
        "edited_controls",
        "mixed_scales",
        "constant_cells",
        "everything_de",
    },
)
@in_blocks
def de_recall_called(truth: Truth, answer: Answer) -> np.ndarray:
    """Recall of the model's own calls; calling every gene scores 1, so read it with precision."""
    both, _, true_n = _counts(truth, answer)
    return np.where(true_n > 0, both / np.maximum(true_n, 1), np.nan)


@_called(
    name="de_jaccard[called]",
    formula="differential genes that the model calls over genes that are differential or called",
    fails={"constant_cells"},
)
@in_blocks
def de_jaccard_called(truth: Truth, answer: Answer) -> np.ndarray:
    """Jaccard index of the model's own calls; 0 where it calls nothing but genes differ."""
    both, called, true_n = _counts(truth, answer)
    return np.where(true_n > 0, both / np.maximum(called + true_n - both, 1), np.nan)


@_called(
    name="de_f1[called]",
    formula="harmonic mean of precision and recall of the genes that the model calls",
    fails={"constant_cells"},
)
@in_blocks
def de_f1_called(truth: Truth, answer: Answer) -> np.ndarray:
    """F1 of the model's own calls; 0 where it calls nothing but genes differ."""
    both, called, true_n = _counts(truth, answer)
    return np.where(true_n > 0, 2 * both / np.maximum(called + true_n, 1), np.nan)


def _top_n(truth: Truth, answer: Answer) -> np.ndarray:
    found = ranking(truth, answer)
    genes = differential(truth)
    return found.defined(found.rows.share_in_top(genes, genes.size))


def _top_k(truth: Truth, answer: Answer, k: int) -> np.ndarray:
    """Return which share of the k largest true genes is among the k largest predicted."""
    guess, largest = predicted(truth, answer), _largest(truth, k)
    size = np.minimum(differential(truth).size, k)
    share = guess.sizes.sorted.share_in_top(largest, size)
    return np.where((size > 0) & ~guess.is_unknown, share, np.nan)


@remembered
def _largest(truth: Truth, k: int) -> Selection:
    """Keep the k largest differential genes; those that tie for the last place share its weight."""
    genes, own = differential(truth), true(truth)
    values = np.abs(own.stepped(genes.of(own.values), genes.row))
    below = genes.size[genes.row] + 1.0 - genes.ranks(values)  # mid-rank from the largest, from 1
    tied = genes.ranks_tied(values)
    first = below - 0.5 * (tied - 1.0)
    weight = np.clip((k + 1.0 - first) / tied, 0.0, 1.0)
    kept = weight > 0
    return Selection(genes.row[kept], genes.column[kept], weight[kept], genes.n)


def _counts(truth: Truth, answer: Answer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) genes that are differential and called, called, and differential."""
    calls, genes = given(answer.calls, "calls"), differential(truth)
    both = genes.total(calls[genes.row, genes.column])
    return both, np.count_nonzero(calls & truth.mask, axis=1), genes.size
