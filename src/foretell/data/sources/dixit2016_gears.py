"""Dixit 2016, transcription factors in K562, as GEARS prepared it."""

from __future__ import annotations

from foretell.data.sources.collections.gears import gears

__all__ = ["SOURCE"]

SOURCE = gears(
    "dixit2016_gears",
    6154416,
    "dixit",
    title="Dixit 2016, transcription factors in K562, as GEARS prepared it",
    accession="GSE90063 (Dataverse file 6154416)",
    kind="knockout",
    doi="10.1016/j.cell.2016.11.038",
    citation="dixit2016",
    notes=("some repositories call the cells mouse; the screen of this file is in K562",),
)
