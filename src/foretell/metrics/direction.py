"""Direction: whether genes move the way that was predicted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foretell.core.metric import Answer, Metric, Truth, metric
from foretell.metrics.sides import differential, in_blocks, predicted, top, true
from foretell.stats.selection import Selection

__all__ = [
    "direction_match",
    "direction_match_degs",
    "direction_match_top20",
    "direction_match_top100",
]


def _match(genes: str, used_by: str, name: str = "", **more: object) -> Callable[..., Metric]:
    record: dict[str, object] = {"needs": set(), "accepts_relative": True} | more
    return metric(
        name=name,
        formula=f"share of {genes} whose predicted shift has the sign of the true one; a predicted "
        "shift of zero counts by half, a true shift of zero is left out",
        higher_is_better=True,
        best=1.0,
        chance=0.5,
        fails={"quarter", "fourfold"},
        used_by=used_by,
        reference="kernfeld2025",
        **record,  # type: ignore[arg-type]
    )


@_match(
    "genes",
    "PEREGGRN `proportion_correct_direction`, where a zero matches only a zero",
)
@in_blocks
def direction_match(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of genes with the right sign; most true shifts are noise, so 0.55 can be much.

    A constant predicted shift scores 0.5, chance, by definition. NaN where every true shift is 0.
    """
    own, guess = true(truth).signs, predicted(truth, answer).signs
    moved = np.count_nonzero(own, axis=1)
    agree = np.einsum("ij,ij->i", own, guess, dtype=np.int64)
    share = 0.5 + 0.5 * agree / np.where(moved > 0, moved, np.nan)
    return _defined(share, truth, answer)


@_match(
    "the genes that differ from the controls in a test",
    "cell-eval `de_direction_match`",
    needs={"tests"},
    accepts_relative=False,
)
@in_blocks
def direction_match_degs(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of differential genes with the right sign; NaN where no gene differs."""
    return _selected(truth, answer, differential(truth))


@_match("the 20 genes with the largest |true shift|", "PEREGGRN, on its top genes")
@in_blocks
def direction_match_top20(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the 20 genes that moved most with the right sign."""
    return _selected(truth, answer, top(truth, 20))


@_match("the 100 genes with the largest |true shift|", "PEREGGRN, on its top genes")
@in_blocks
def direction_match_top100(truth: Truth, answer: Answer) -> np.ndarray:
    """Share of the 100 genes that moved most with the right sign."""
    return _selected(truth, answer, top(truth, 100))


def _selected(truth: Truth, answer: Answer, genes: Selection) -> np.ndarray:
    own, guess = true(truth).signs, predicted(truth, answer).signs
    a = own[genes.row, genes.column].astype(float)
    weight = genes.total(np.abs(a))
    agree = genes.total(a * guess[genes.row, genes.column])
    share = 0.5 + 0.5 * agree / np.where(weight > 0, weight, np.nan)
    return _defined(share, truth, answer)


def _defined(share: np.ndarray, truth: Truth, answer: Answer) -> np.ndarray:
    """Chance for an answer that is the same for all genes, NaN for one that is no number."""
    guess = predicted(truth, answer)
    share = np.where(guess.is_flat & ~np.isnan(share), 0.5, share)
    return np.where(guess.is_unknown, np.nan, share)
