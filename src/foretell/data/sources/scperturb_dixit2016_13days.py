"""Dixit 2016, transcription factors in K562, 13 days; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_dixit2016_13days",
    "DixitRegev2016_K562_TFs_13_days",
    title="Dixit 2016, transcription factors in K562, 13 days",
    accession="GSE90063",
    doi="10.1016/j.cell.2016.11.038",
    mapping={"kind": "knockout", "delimiter": "_"},
    n_obs=19_268,
    citation="dixit2016",
    notes=("controls are intergenic cuts",),
)
