"""Frangieh 2021, melanoma under IFN-gamma, pseudobulk by guides; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_frangieh_ifng_v3",
    "frangieh_IFNg_v3",
    title="Frangieh 2021, melanoma under IFN-gamma, pseudobulk by guides",
    accession="SCP1064",
    kind="knockout",
    doi="10.1038/s41588-021-00779-1",
    citation="frangieh2021",
)
