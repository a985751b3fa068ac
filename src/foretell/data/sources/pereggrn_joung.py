"""Joung 2023, transcription factors in H1, pseudobulk; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_joung",
    "joung",
    title="Joung 2023, transcription factors in H1, pseudobulk",
    accession="GSE217460",
    kind="overexpression",
    doi="10.1016/j.cell.2022.11.026",
    citation="joung2023",
    notes=("summed by ORF and phase of the cell cycle",),
)
