"""Adamson 2016, UPR genes, CRISPRi in K562, as GEARS prepared it."""

from __future__ import annotations

from foretell.data.sources.collections.gears import gears

__all__ = ["SOURCE"]

SOURCE = gears(
    "adamson2016_gears",
    6154417,
    "adamson",
    title="Adamson 2016, UPR genes, CRISPRi in K562, as GEARS prepared it",
    accession="GSE90546 (Dataverse file 6154417)",
    kind="interference",
    doi="10.1016/j.cell.2016.11.048",
    md5="0bde631bae60ee8c105991ff0e0d4a20",
    size=140_744_228,
    n_obs=68_603,
    n_genes=5060,
    n_perturbations=86,
    citation="adamson2016",
    notes=(
        "the GEARS paper counts 65,899 cells and 81 perturbations, the file holds 68,603 and 86",
    ),
)
