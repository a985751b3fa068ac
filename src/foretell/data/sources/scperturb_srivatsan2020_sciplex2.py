"""sci-Plex 2, four drugs in A549; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_srivatsan2020_sciplex2",
    "SrivatsanTrapnell2020_sciplex2",
    title="sci-Plex 2, four drugs in A549",
    accession="GSE139944",
    doi="10.1126/science.aax6234",
    mapping={"kind": "compound", "dose": "dose_value"},
    size=145_178_504,
    n_obs=24_262,
    citation="srivatsan2020",
    notes=(
        "controls are the cells without a treatment, which the collection took to be DMSO",
        "scPerturb's table (v1.3) counts 4 perturbations",
    ),
)
