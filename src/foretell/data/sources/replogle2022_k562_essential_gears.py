"""Replogle 2022, essential genes, CRISPRi in K562, as GEARS prepared it."""

from __future__ import annotations

from foretell.data.sources.collections.gears import gears

__all__ = ["SOURCE"]

SOURCE = gears(
    "replogle2022_k562_essential_gears",
    7458695,
    "replogle_k562_essential",
    title="Replogle 2022, essential genes, CRISPRi in K562, as GEARS prepared it",
    accession="PRJNA831566 (Dataverse file 7458695)",
    kind="interference",
    doi="10.1016/j.cell.2022.05.013",
    n_obs=162_751,
    n_genes=5000,
    n_perturbations=1092,
    citation="replogle2022",
    notes=(
        "a filtered part of the screen; the paper counts 162,264 cells and 1,087 perturbations",
    ),
)
