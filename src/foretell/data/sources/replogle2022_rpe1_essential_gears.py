"""Replogle 2022, essential genes, CRISPRi in RPE1, as GEARS prepared it."""

from __future__ import annotations

from foretell.data.sources.collections.gears import gears

__all__ = ["SOURCE"]

SOURCE = gears(
    "replogle2022_rpe1_essential_gears",
    7458694,
    "replogle_rpe1_essential",
    title="Replogle 2022, essential genes, CRISPRi in RPE1, as GEARS prepared it",
    accession="PRJNA831566 (Dataverse file 7458694)",
    kind="interference",
    doi="10.1016/j.cell.2022.05.013",
    n_obs=162_733,
    n_genes=5000,
    n_perturbations=1543,
    citation="replogle2022",
    notes=("a filtered part of the screen; the paper counts 161,423 cells",),
)
