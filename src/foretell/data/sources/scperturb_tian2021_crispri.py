"""Tian 2021, CRISPRi in human neurons; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_tian2021_crispri",
    "TianKampmann2021_CRISPRi",
    title="Tian 2021, CRISPRi in human neurons",
    accession="GSE152988",
    doi="10.1038/s41593-021-00862-0",
    mapping={"kind": "interference"},
    n_obs=32_300,
    notes=("scPerturb's table (v1.3) counts 184 perturbations",),
)
