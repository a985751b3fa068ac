"""Virtual Cell Challenge 2025: CRISPRi in H1 stem cells, test set."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="vcc2025_test",
    title="Virtual Cell Challenge 2025, CRISPRi in H1, test set",
    accession="Arc Virtual Cell Atlas, virtual-cell-challenge/2025/test",
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
    "virtual-cell-challenge/2025/test/adata_Test.h5ad",
    n_genes=18_080,
    n_perturbations=100,
    doi="10.1016/j.cell.2025.06.008",
    notes=(
        "train and validation hold the same 38,176 control cells: never count them twice",
        "no licence file was found in the bucket",
    ),
)
