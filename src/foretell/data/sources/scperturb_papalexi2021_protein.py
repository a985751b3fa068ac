"""Papalexi 2021, ECCITE-seq, THP-1, four surface proteins; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_papalexi2021_protein",
    "PapalexiSatija2021_eccite_protein",
    title="Papalexi 2021, ECCITE-seq, THP-1, four surface proteins",
    accession="GSE153056",
    doi="10.1038/s41588-021-00778-2",
    mapping={"kind": "knockout"},
    md5="07290242b0e835c9474bb816de9cda45",
    size=1_191_551,
    n_obs=20_729,
    citation="papalexi2021",
    notes=(
        "labels name guides (STAT1g2), not genes",
        "surface proteins, not genes",
    ),
)
