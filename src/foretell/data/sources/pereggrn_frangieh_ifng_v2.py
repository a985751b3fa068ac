"""Frangieh 2021, melanoma under IFN-gamma, stricter quality rules; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_frangieh_ifng_v2",
    "frangieh_IFNg_v2",
    title="Frangieh 2021, melanoma under IFN-gamma, stricter quality rules",
    accession="SCP1064",
    kind="knockout",
    observation="cells",
    doi="10.1038/s41588-021-00779-1",
    citation="frangieh2021",
    notes=("several guides a cell",),
)
