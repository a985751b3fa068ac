"""Schraivogel 2020, TAP-seq, enhancers of chromosome 11 in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_schraivogel2020_chr11",
    "SchraivogelSteinmetz2020_TAP_SCREEN__chromosome_11_screen",
    title="Schraivogel 2020, TAP-seq, enhancers of chromosome 11 in K562",
    accession="GSE135497",
    doi="10.1038/s41592-020-0837-5",
    mapping={"kind": "interference", "no_call": ("nan", "None", "multiplet")},
    n_obs=120_310,
    notes=(
        "an enhancer screen: targets are regions, not genes, so gene-based models cannot use them",
        "cells without a guide are called control",
        "a panel of genes is measured",
        "scPerturb's table (v1.3) counts 3,104 perturbations",
    ),
)
