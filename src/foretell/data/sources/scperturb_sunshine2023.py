"""Sunshine 2023, SARS-CoV-2 host factors in Calu-3; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_sunshine2023",
    "SunshineHein2023",
    title="Sunshine 2023, SARS-CoV-2 host factors in Calu-3",
    accession="GSE208240",
    doi="10.1038/s41467-023-41788-4",
    mapping={"delimiter": "_"},
    n_obs=90_380,
    notes=(
        "CRISPRi in the paper, CRISPR-cas9 in the file: kind is not declared",
        "up to 156 guides a cell",
        "scPerturb's table (v1.3) counts 24,194 perturbations",
    ),
)
