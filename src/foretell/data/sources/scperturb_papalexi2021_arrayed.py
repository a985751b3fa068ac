"""Papalexi 2021, arrayed ECCITE-seq, THP-1, RNA; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_papalexi2021_arrayed",
    "PapalexiSatija2021_eccite_arrayed_RNA",
    title="Papalexi 2021, arrayed ECCITE-seq, THP-1, RNA",
    accession="GSE153056",
    doi="10.1038/s41588-021-00778-2",
    mapping={"kind": "knockout"},
    n_obs=8984,
    citation="papalexi2021",
    notes=("scPerturb's table (v1.3) counts 10 perturbations",),
)
