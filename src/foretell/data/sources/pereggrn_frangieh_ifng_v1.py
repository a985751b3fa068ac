"""Frangieh 2021, melanoma under IFN-gamma, cells as in DCD-FG; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_frangieh_ifng_v1",
    "frangieh_IFNg_v1",
    title="Frangieh 2021, melanoma under IFN-gamma, cells as in DCD-FG",
    accession="SCP1064",
    kind="knockout",
    observation="cells",
    doi="10.1038/s41588-021-00779-1",
    citation="frangieh2021",
    notes=("several guides a cell",),
)
