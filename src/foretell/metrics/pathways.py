"""Pathways and phenotypes: whether the right programmes respond, if not the right genes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from foretell.core.metric import Answer, Truth, metric
from foretell.metrics.competitors import silenced, truths_from_prediction
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import Side, given, in_blocks, predicted, true
from foretell.stats.selection import select
from foretell.stats.sorted_rows import sort_rows

__all__ = ["pathway_overlap", "pathway_score_corr", "phenotype_roc"]

FEWEST = 3  # genes of a set that have to count
SHARE = 0.1  # of the gene sets that are compared as the top

_sets = partial(metric, higher_is_better=True, best=1.0, needs={"gene_sets"}, reference="kim2005")


@_sets(
    formula="Pearson correlation over gene sets of predicted and true score, a score being the "
    "mean shift of the set minus that of all genes, in standard errors (sd of genes / sqrt(size))",
    chance=0.0,
    used_by="scArchon, scores by another enrichment method",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def pathway_score_corr(truth: Truth, answer: Answer) -> np.ndarray:
    """Correlation of pathway scores; sets overlap, so read no p-value from it.

    Sets with fewer than three genes that count are left out; NaN with fewer than three sets. A
    constant predicted shift scores 0.
    """
    guess = predicted(truth, answer)
    own = _true_scores(truth)
    if own.z.shape[1] < FEWEST:
        return np.full(len(own.z), np.nan)
    a, b = _centred(own.z, own.known), _centred(_scores(guess, truth).z, own.known)
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    r = np.clip((a * b).sum(axis=1) / np.where(size > 0, size, np.nan), -1.0, 1.0)
    return _defined(r, 0.0, guess, own)


@_sets(
    formula="share of the tenth of the gene sets with the largest |true score| that is among the "
    "tenth with the largest |predicted score|, ties broken at random; scores as in "
    "pathway_score_corr; chance = that share of the sets",
    chance="top_share",
    used_by="scArchon, overlap of enriched pathways",
    fails={"quarter", "fourfold", "offset"},
)
@in_blocks
def pathway_overlap(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the leading pathways that is predicted to lead; one pathway where there are few."""
    guess = predicted(truth, answer)
    own = _true_scores(truth)
    n_sets = own.known.sum(axis=1)
    k = np.maximum(np.ceil(SHARE * n_sets - 1e-9), np.minimum(n_sets, 1))
    if not own.known.any():
        return np.full(len(k), np.nan)
    sizes = np.abs(np.nan_to_num(_scores(guess, truth).z))
    leading = sort_rows(np.abs(own.z), own.known).top(k)
    share = sort_rows(sizes, own.known).share_in_top(leading, k)
    return _defined(share, k / np.maximum(n_sets, 1), guess, own)


@metric(
    formula="chance that a condition of the same phenotype lies nearer to the predicted shift than "
    "one of another phenotype, by cosine distance to their true shifts, ties counted by half; the "
    "own condition is left out",
    higher_is_better=True,
    best=1.0,
    chance=0.5,
    needs={"pool", "phenotypes"},
    used_by="Systema, ROC of phenotypes by distances to centroids",
    reference="vinastorne2025",
    fails={"quarter", "fourfold"},
)
def phenotype_roc(truth: Truth, answer: Answer) -> np.ndarray:
    """Area under the ROC curve of "has the same phenotype", from distances to measured conditions.

    Phenotypes are labels that the study gives (mechanism, pathway, programme). A total tie and no
    change score 0.5. NaN where the label is unknown, or no other condition shares it, or all do.
    The truth itself scores 1 only where phenotypes are separate.
    """
    labels, own = given(truth.phenotypes, "phenotypes"), given(truth.own, "pool")
    mine = labels[own][:, None]
    distances = truths_from_prediction(truth, answer, "cosine")
    others = np.broadcast_to(labels >= 0, distances.shape).copy()
    others[np.arange(len(own)), own] = False
    others &= mine >= 0
    nearest_first = sort_rows(-np.round(distances, 12), others)
    area = nearest_first.auroc(select(others & (labels[None] == mine)))
    return silenced(area, truth, answer, 0.5)


@dataclass(frozen=True, eq=False)
class _Scores:
    """Scores of gene sets (n, s), and which are known."""

    z: np.ndarray
    known: np.ndarray
    is_flat: np.ndarray


@remembered
def _members(truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """(g, s) members as numbers, and (n, s) how many count in each condition."""
    sets = np.ascontiguousarray(given(truth.gene_sets, "gene_sets").T, dtype=np.float64)
    return sets, truth.mask.astype(np.float64) @ sets


@remembered
def _true_scores(truth: Truth) -> _Scores:
    return _scores(true(truth), truth)


def _scores(side: Side, truth: Truth) -> _Scores:
    sets, size = _members(truth)
    centred = side.centred
    sd = np.sqrt(np.einsum("ij,ij->i", centred, centred) / np.maximum(side.n_genes, 1))
    scale = np.sqrt(np.maximum(size, 1)) * np.where(sd > 0, sd, 1.0)[:, None]
    known = size >= FEWEST
    return _Scores(np.where(known, centred @ sets / scale, 0.0), known, side.is_flat)


def _centred(z: np.ndarray, known: np.ndarray) -> np.ndarray:
    mean = z.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known, z - mean[:, None], 0.0)


def _defined(
    score: np.ndarray, chance: np.ndarray | float, guess: Side, own: _Scores
) -> np.ndarray:
    score = np.where(guess.is_flat, chance, score)
    undefined = own.is_flat | guess.is_unknown | (own.known.sum(axis=1) < FEWEST)
    return np.where(undefined, np.nan, score)
