"""Tian 2019, CRISPRi in human neurons; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_tian2019_neuron",
    "TianKampmann2019_day7neuron",
    title="Tian 2019, CRISPRi in human neurons",
    accession="GSE124703",
    doi="10.1016/j.neuron.2019.07.014",
    mapping={"kind": "interference", "delimiter": "_"},
    n_obs=182_790,
    notes=(
        "droplets are not filtered: apply a quality rule first",
        "scPerturb's table (v1.3) counts 41,357 perturbations",
    ),
)
