"""What is ranked: scores of a model for each gene, sorted once for all metrics on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from foretell.core.metric import Answer, Truth
from foretell.metrics.remembered import remembered
from foretell.metrics.sides import counted, differential, given, predicted
from foretell.stats.once import once
from foretell.stats.selection import Selection
from foretell.stats.sorted_rows import SortedRows, sort_rows

__all__ = ["Evidence", "Ranking", "prevalence", "ranking"]

Evidence = Literal["abs_lfc", "fdr", "t"]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Genes of each condition from the most to the least likely differential.

    Parameters
    ----------
    rows : sorted scores.
    genes : the differential ones.
    is_unknown : (n,) True where a score is no number.
    """

    rows: SortedRows
    genes: Selection
    is_unknown: np.ndarray

    @once
    def found(self) -> np.ndarray:
        """(n, g) differential genes up to each place."""
        return self.rows.found(self.genes)

    @once
    def ties(self) -> tuple[np.ndarray, np.ndarray]:
        """(m,) places of the first and the last gene that ties with each differential one."""
        return self.rows.ties_of(self.genes)

    def precision(self, last: np.ndarray) -> np.ndarray:
        """(m,) share of differential genes up to a place in the row of each differential one."""
        precision: np.ndarray = self.found[self.genes.row, last] / (last + 1.0)
        return precision

    def mean(self, values: np.ndarray) -> np.ndarray:
        """(n,) mean over differential genes of values (m,)."""
        return self.defined(self.genes.mean(values))

    def defined(self, score: np.ndarray) -> np.ndarray:
        """NaN where no gene is differential, or a score is no number."""
        return np.where((self.genes.size > 0) & ~self.is_unknown, score, np.nan)


@remembered
def ranking(truth: Truth, answer: Answer, evidence: Evidence = "abs_lfc") -> Ranking:
    """Rank the genes of each condition by what the model says of them.

    ``abs_lfc`` : |predicted shift|; a constant shift is a total tie.
    ``fdr`` : -log10 of the adjusted p-value of a test of the model's own cells.
    ``t`` : absolute statistic of that test.
    """
    if evidence == "abs_lfc":
        guess = predicted(truth, answer)
        return Ranking(guess.sizes.sorted, differential(truth), guess.is_unknown)
    tests = given(answer.tests, "predicted_tests")
    if evidence == "fdr":
        score = -np.nan_to_num(tests.q, nan=1.0)
    else:
        score = np.abs(np.nan_to_num(tests.statistic))
    known = np.zeros(len(score), dtype=bool)
    return Ranking(sort_rows(score, truth.mask), differential(truth), known)


def prevalence(truth: Truth) -> np.ndarray:
    """(n,) share of differential genes among those that count; NaN where none is."""
    n = differential(truth).size
    return np.where(n > 0, n / np.maximum(counted(truth), 1), np.nan)
