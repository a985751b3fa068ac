"""Virtual Cell Challenge 2025: CRISPRi in H1 stem cells, train set."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="vcc2025_train",
    title="Virtual Cell Challenge 2025, CRISPRi in H1, train set",
    accession="Arc Virtual Cell Atlas, virtual-cell-challenge/2025/train",
    species="human",
    licence="not stated",
    reached="never reached by us; address found in public repositories; one of them says that the "
    "reader may have to pay for the transfer",
    mapping=ColumnMapping(
        perturbation="target_gene",
        control=("non-targeting",),
        delimiter=None,
        blocks=("batch",),
        scale="counts",
        kind="interference",
    ),
    address="https://storage.googleapis.com/arc-institute-virtual-cell-atlas/"
    "virtual-cell-challenge/2025/train/adata_Training.h5ad",
    sha256="a09977104fefb622368ca74b50c9d3c1e891733e6c83db07acfca49b0219c02b",
    size=15_482_497_461,
    n_obs=221_273,
    n_genes=18_080,
    n_perturbations=150,
    doi="10.1016/j.cell.2025.06.008",
    notes=(
        "train and validation hold the same 38,176 control cells: never count them twice",
        "no licence file was found in the bucket",
    ),
)
