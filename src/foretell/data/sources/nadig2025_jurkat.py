"""Nadig 2025: essential genes, CRISPRi in Jurkat, raw counts from GEO."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="nadig2025_jurkat",
    title="Nadig 2025, essential genes, CRISPRi in Jurkat, raw counts of the authors",
    accession="GSE264667",
    species="human",
    licence="not stated",
    reached="never reached by us; address found in public repositories that fetch from it",
    mapping=ColumnMapping(
        perturbation="gene",
        control=("non-targeting",),
        delimiter=None,
        blocks=("gem_group",),
        scale="counts",
        kind="interference",
        gene_names="gene_name",
    ),
    address="https://ftp.ncbi.nlm.nih.gov/geo/series/GSE264nnn/GSE264667/suppl/"
    "GSE264667_jurkat_raw_singlecell_01.h5ad",
    doi="10.1038/s41588-025-02169-3",
    n_obs=262_956,
    notes=("stored dense: open it with on_disk; the scPerturb copy is smaller",),
)
