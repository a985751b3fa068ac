"""Tian 2019, CRISPRi in human iPSC; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_tian2019_ipsc",
    "TianKampmann2019_iPSC",
    title="Tian 2019, CRISPRi in human iPSC",
    accession="GSE124703",
    doi="10.1016/j.neuron.2019.07.014",
    mapping={"kind": "interference", "delimiter": "_"},
    md5="8279484264b513fd0419dacdc639ecef",
    size=350_848_489,
    n_obs=275_708,
    notes=(
        "droplets are not filtered: apply a quality rule first",
        "scPerturb's table (v1.3) counts 39,161 perturbations",
    ),
)
