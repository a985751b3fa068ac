"""Replogle 2020, CRISPRa in K562, pseudobulk; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_replogle1",
    "replogle1",
    title="Replogle 2020, CRISPRa in K562, pseudobulk",
    accession="GSM4367986",
    kind="activation",
    doi="10.1038/s41587-020-0470-y",
    citation="replogle2020",
    notes=("63 genes perturbed; TMM normalisation",),
)
