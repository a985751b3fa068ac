"""Gene scores: principal components of the genes over the training profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from foretell.core.encoding import Encoding, EncodingInfo
from foretell.core.perturbation import Perturbation
from foretell.core.profiles import Profiles
from foretell.knowledge.encodings.lookup import sum_of_rows
from foretell.stats.components import scores

__all__ = ["GeneScores"]


@dataclass
class GeneScores(Encoding):
    r"""Where a target stands among the genes, from training profiles alone.

    Model
    -----
    .. math:: Z = U_k \Sigma_k, \quad U \Sigma V^\top = Y^\top - 1 \bar y^\top

    Y^T (n_genes, n_conditions + n_contexts) mean profiles of training, controls included, centred
    per profile; Z (n_genes, k). The vector of a perturbation is the sum of its targets' rows.
    Targets that are not measured genes are not covered.

    Parameters
    ----------
    rank : k >= 1, at most the number of profiles.

    Source: ahlmanneltze2025 (the embedding of their linear model).
    """

    info: ClassVar[EncodingInfo] = EncodingInfo(
        name="gene_scores",
        summary="principal components of genes over training profiles",
        covers_unseen=True,
        reference="ahlmanneltze2025",
    )
    rank: int = 10

    def fit(self, train: Profiles) -> Self:
        """Compute the gene scores."""
        Y = train.control[train.context_index] + train.S_filled  # (n_conditions, n_genes)
        self.scores_ = scores(np.vstack([Y, train.control]).T, self.rank)
        self.genes_ = train.genes
        return self

    def encode(self, perturbations: Sequence[Perturbation]) -> tuple[np.ndarray, np.ndarray]:
        """Return sums of the targets' scores (n, k), and True where all targets are measured."""
        return sum_of_rows(perturbations, self.genes_, self.scores_)
