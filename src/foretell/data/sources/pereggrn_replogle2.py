"""Replogle 2022, all expressed genes in K562, pseudobulk; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_replogle2",
    "replogle2",
    title="Replogle 2022, all expressed genes in K562, pseudobulk",
    accession="figshare+ 20029387",
    kind="interference",
    doi="10.1016/j.cell.2022.05.013",
    citation="replogle2022",
    notes=("9,867 genes perturbed",),
)
