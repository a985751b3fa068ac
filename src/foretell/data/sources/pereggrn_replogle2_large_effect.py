"""Replogle 2022 in K562, perturbations of large effect, pseudobulk; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_replogle2_large_effect",
    "replogle2_large_effect",
    title="Replogle 2022 in K562, perturbations of large effect, pseudobulk",
    accession="figshare+ 20029387",
    kind="interference",
    doi="10.1016/j.cell.2022.05.013",
    citation="replogle2022",
    notes=("the 1,746 perturbations with a score from 0.6",),
)
