"""Papalexi 2021, ECCITE-seq, THP-1, RNA; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_papalexi2021",
    "PapalexiSatija2021_eccite_RNA",
    title="Papalexi 2021, ECCITE-seq, THP-1, RNA",
    accession="GSE153056",
    doi="10.1038/s41588-021-00778-2",
    mapping={"kind": "knockout"},
    md5="d9e8bfe20b0e7b0919be042e8fcf6d03",
    size=147_215_278,
    n_obs=20_729,
    citation="papalexi2021",
    notes=(
        "labels name guides (STAT1g2), not genes",
        "scPerturb's table (v1.3) counts 98 perturbations",
    ),
)
