"""Virtual Cell Challenge 2025: CRISPRi in H1 stem cells, validation set."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="vcc2025_validation",
    title="Virtual Cell Challenge 2025, CRISPRi in H1, validation set",
    accession="Arc Virtual Cell Atlas, virtual-cell-challenge/2025/validation",
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
    "virtual-cell-challenge/2025/validation/adata_Validation.h5ad",
    size=6_928_967_541,
    n_obs=98_927,
    n_genes=18_080,
    n_perturbations=50,
    doi="10.1016/j.cell.2025.06.008",
    notes=(
        "train and validation hold the same 38,176 control cells: never count them twice",
        "no licence file was found in the bucket",
    ),
)
