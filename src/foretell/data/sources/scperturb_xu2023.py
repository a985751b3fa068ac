"""Xu 2023, PerturbSci-Kinetics, CRISPRi in HEK293; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_xu2023",
    "XuCao2023",
    title="Xu 2023, PerturbSci-Kinetics, CRISPRi in HEK293",
    accession="GSE218566",
    doi="10.1038/s41587-023-01948-9",
    mapping={"kind": "interference"},
    n_obs=98_315,
    notes=("scPerturb's table (v1.3) counts 203 perturbations",),
)
