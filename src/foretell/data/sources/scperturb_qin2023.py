"""Qin 2023, genotypes and co-cultures of colon organoids; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_qin2023",
    "QinTape2023_scRNAseq",
    title="Qin 2023, genotypes and co-cultures of colon organoids",
    accession="accession not found",
    doi="10.1101/2023.02.15.528008",
    species="mouse",
    record="10044268",
    n_obs=68_574,
    notes=(
        "genotypes and co-cultures; control labels were not found",
        "scPerturb's table (v1.3) counts 3 perturbations",
    ),
)
