"""Replogle 2022, essential genes in RPE1, pseudobulk; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_replogle4",
    "replogle4",
    title="Replogle 2022, essential genes in RPE1, pseudobulk",
    accession="figshare+ 20029387",
    kind="interference",
    doi="10.1016/j.cell.2022.05.013",
    citation="replogle2022",
    notes=("2,285 genes perturbed",),
)
