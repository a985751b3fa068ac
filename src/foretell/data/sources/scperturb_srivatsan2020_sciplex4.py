"""sci-Plex 4, HDAC inhibition with acetyl-CoA precursors, A549 and MCF7; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_srivatsan2020_sciplex4",
    "SrivatsanTrapnell2020_sciplex4",
    title="sci-Plex 4, HDAC inhibition with acetyl-CoA precursors, A549 and MCF7",
    accession="GSE139944",
    doi="10.1126/science.aax6234",
    mapping={"kind": "compound", "context": ("cell_line", "perturbation_2")},
    size=253_335_945,
    n_obs=98_437,
    citation="srivatsan2020",
    notes=(
        "the second treatment (perturbation_2) is taken as context; controls of some contexts may "
        "be missing",
        "scPerturb's table (v1.3) counts 7 perturbations",
    ),
)
