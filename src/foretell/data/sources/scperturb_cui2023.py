"""Cui 2023, immune dictionary, 86 cytokines in mouse lymph nodes; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_cui2023",
    "CuiHacohen2023",
    title="Cui 2023, immune dictionary, 86 cytokines in mouse lymph nodes",
    accession="GSE202186",
    doi="10.1038/s41586-023-06816-9",
    mapping={"kind": "ligand", "context": ("celltype",)},
    species="mouse",
    n_obs=96_034,
    notes=(
        "PBS is the control",
        "scPerturb's table (v1.3) counts 86 perturbations",
    ),
)
