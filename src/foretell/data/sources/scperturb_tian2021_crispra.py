"""Tian 2021, CRISPRa in human neurons; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_tian2021_crispra",
    "TianKampmann2021_CRISPRa",
    title="Tian 2021, CRISPRa in human neurons",
    accession="GSE152988",
    doi="10.1038/s41593-021-00862-0",
    mapping={"kind": "activation"},
    n_obs=21_193,
    notes=("scPerturb's table (v1.3) counts 100 perturbations",),
)
