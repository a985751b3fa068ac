"""Freimer 2022, arrayed knockouts in CD4+ T cells, bulk; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_freimer",
    "freimer",
    title="Freimer 2022, arrayed knockouts in CD4+ T cells, bulk",
    accession="GSE171677",
    kind="knockout",
    doi="10.1038/s41588-022-01106-y",
    citation="freimer2022",
    notes=("24 genes perturbed; donors are a column whose name we could not look up",),
)
