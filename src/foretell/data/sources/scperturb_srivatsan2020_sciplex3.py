"""sci-Plex 3, 188 drugs, four doses, three lines; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_srivatsan2020_sciplex3",
    "SrivatsanTrapnell2020_sciplex3",
    title="sci-Plex 3, 188 drugs, four doses, three lines",
    accession="GSM4150378",
    doi="10.1126/science.aax6234",
    mapping={
        "kind": "compound",
        "context": ("cell_line",),
        "blocks": ("replicate",),
        "dose": "dose_value",
        "dose_unit": "nM",
    },
    md5="c9e70629505d98c7ca1a837f62b14e89",
    size=2_526_631_614,
    n_obs=799_317,
    n_genes=110_983,
    citation="srivatsan2020",
    notes=(
        "36,522 cells have no treatment (dropped and counted)",
        "v1.4 corrected this file: an older copy of the same name is another one",
        "110,983 genes of human and mouse: choose genes first",
        "scPerturb's table (v1.3) counts 188 perturbations",
    ),
)
