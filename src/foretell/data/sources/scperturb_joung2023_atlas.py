"""Joung 2023, atlas of transcription factor overexpression in H1; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_joung2023_atlas",
    "JoungZhang2023_atlas",
    title="Joung 2023, atlas of transcription factor overexpression in H1",
    accession="GSE217460",
    doi="10.1016/j.cell.2022.11.026",
    mapping={
        "kind": "overexpression",
        "scale": "log1p",
        "control": ("TFORF3549-GFP", "TFORF3550-mCherry"),
    },
    n_obs=1_145_823,
    citation="joung2023",
    notes=(
        "a public audit found no integer counts in this file: the scale log1p is our guess; look "
        "before use",
        "labels name ORFs (TFORF0001-GENE), several for one gene; GFP and mCherry are the controls",
        "the collection's own code asks what its labels mean",
        "scPerturb's table (v1.3) counts 3,368 perturbations",
    ),
)
