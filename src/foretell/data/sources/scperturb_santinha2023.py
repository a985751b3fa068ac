"""Santinha 2023, AAV-Perturb-seq in mouse brain; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_santinha2023",
    "SantinhaPlatt2023",
    title="Santinha 2023, AAV-Perturb-seq in mouse brain",
    accession="GSE236519",
    doi="10.1038/s41586-023-06570-y",
    mapping={"kind": "knockout"},
    species="mouse",
    n_obs=100_134,
    notes=("scPerturb's table (v1.3) counts 30 perturbations",),
)
