"""Frangieh 2021, Perturb-CITE-seq, melanoma, 24 surface proteins; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_frangieh2021_protein",
    "FrangiehIzar2021_protein",
    title="Frangieh 2021, Perturb-CITE-seq, melanoma, 24 surface proteins",
    accession="SCP1064",
    doi="10.1038/s41588-021-00779-1",
    mapping={"kind": "knockout", "context": ("perturbation_2",)},
    md5="9d9337e30af69ffdcf5e831f96616ed1",
    size=24_714_445,
    n_obs=218_331,
    citation="frangieh2021",
    notes=("surface proteins, not genes; the same cells as scperturb_frangieh2021",),
)
