"""Joung 2023: atlas of transcription factor overexpression, from GEO."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="joung2023",
    title="Joung 2023, overexpression of all transcription factors in H1, single cells",
    accession="GSE217460",
    species="human",
    licence="not stated",
    reached="never reached by us; address found in the catalogue of a public benchmark",
    mapping=ColumnMapping(
        perturbation="TF",
        control=("TFORF3549-GFP", "TFORF3550-mCherry"),
        delimiter=None,
        blocks=("batch",),
        scale="log1p",
        kind="overexpression",
    ),
    address="https://ftp.ncbi.nlm.nih.gov/geo/series/GSE217nnn/GSE217460/suppl/"
    "GSE217460%5F210322%5FTFAtlas.h5ad.gz",
    file="joung2023.h5ad.gz",
    doi="10.1016/j.cell.2022.11.026",
    citation="joung2023",
    notes=(
        "very large: a public audit speaks of 160 GB unpacked; open it with on_disk",
        "labels name ORFs (TFORF0001-GENE), several for one gene",
        "X is not integer by a public audit of a copy: the scale log1p is our guess",
    ),
)
