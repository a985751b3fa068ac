"""Nadig 2025, essential genes, CRISPRi in Jurkat; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_nadig2024_jurkat",
    "NadigOConner2024_jurkat",
    title="Nadig 2025, essential genes, CRISPRi in Jurkat",
    accession="GSE264667",
    doi="10.1038/s41588-025-02169-3",
    mapping={"kind": "interference", "blocks": ("batch",)},
    sha256="ade3d83150fd6944212363cd11da77c0d2143fa6df1febb3f15a66d4dab0677f",
    md5="d8b05d00bfbd686d37ffdd4293bc6c8c",
    size=1_293_665_804,
    n_obs=262_956,
)
