"""Joung 2023, combinations of transcription factors in H1; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_joung2023_combinatorial",
    "JoungZhang2023_combinatorial",
    title="Joung 2023, combinations of transcription factors in H1",
    accession="GSE217460",
    doi="10.1016/j.cell.2022.11.026",
    mapping={
        "kind": "overexpression",
        "scale": "log1p",
        "delimiter": "+",
        "control": ("GFP", "mCherry"),
    },
    n_obs=167_947,
    citation="joung2023",
    notes=(
        "a public audit found no integer counts in this file: the scale log1p is our guess; look "
        "before use",
        "GFP is a part of a label where fewer factors were added",
        "scPerturb's table (v1.3) counts 56 perturbations",
    ),
)
