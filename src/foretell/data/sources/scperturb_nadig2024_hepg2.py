"""Nadig 2025, essential genes, CRISPRi in HepG2; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_nadig2024_hepg2",
    "NadigOConner2024_hepg2",
    title="Nadig 2025, essential genes, CRISPRi in HepG2",
    accession="GSE264667",
    doi="10.1038/s41588-025-02169-3",
    mapping={"kind": "interference", "blocks": ("batch",)},
    sha256="1af2f7b3e692ad3d077e6027d68a1f800619e29aa3f7a0efa70146fb7223a4bf",
    md5="af2be47f7477cf32fa6e4bec1c6a4868",
    size=850_590_740,
    n_obs=145_473,
)
