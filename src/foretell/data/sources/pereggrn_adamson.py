"""Adamson 2016 in K562, cells as GEARS prepared them; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_adamson",
    "adamson",
    title="Adamson 2016 in K562, cells as GEARS prepared them",
    accession="GSE90546",
    kind="interference",
    observation="cells",
    doi="10.1016/j.cell.2016.11.048",
    citation="adamson2016",
    notes=("the same cells as adamson2016_gears",),
)
