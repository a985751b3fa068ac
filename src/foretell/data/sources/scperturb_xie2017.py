"""Xie 2017, Mosaic-seq, enhancers in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_xie2017",
    "XieHon2017",
    title="Xie 2017, Mosaic-seq, enhancers in K562",
    accession="GSE81884",
    doi="10.1016/j.molcel.2017.03.007",
    mapping={"kind": "interference"},
    n_obs=13_283,
    notes=(
        "an enhancer screen: targets are regions, not genes, so gene-based models cannot use them",
        "scPerturb's table (v1.3) counts 3,384 perturbations",
    ),
)
