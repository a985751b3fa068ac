"""Dixit 2016, cells as GEARS prepared them; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_dixit",
    "dixit",
    title="Dixit 2016, cells as GEARS prepared them",
    accession="GSE90063",
    kind="knockout",
    observation="cells",
    doi="10.1016/j.cell.2016.11.038",
    citation="dixit2016",
    notes=(
        "the same cells as dixit2016_gears",
        "the benchmark lists the species as mouse, and its text as K562",
    ),
)
