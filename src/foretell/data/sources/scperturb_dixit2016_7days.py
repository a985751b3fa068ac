"""Dixit 2016, transcription factors in K562, 7 days; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_dixit2016_7days",
    "DixitRegev2016_K562_TFs_7_days",
    title="Dixit 2016, transcription factors in K562, 7 days",
    accession="GSM2396858",
    doi="10.1016/j.cell.2016.11.038",
    mapping={"kind": "knockout", "delimiter": "_"},
    n_obs=33_013,
    n_genes=23_111,
    citation="dixit2016",
    notes=(
        "controls are intergenic cuts",
        "4,979 cells carry the text nan as label (dropped and counted), and nperts is 1 for every "
        "cell",
    ),
)
