"""Gasperini 2019, enhancers in K562, low MOI; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_gasperini2019_lowmoi",
    "GasperiniShendure2019_lowMOI",
    title="Gasperini 2019, enhancers in K562, low MOI",
    accession="GSE120861",
    doi="10.1016/j.cell.2018.11.029",
    mapping={"kind": "interference", "delimiter": "_"},
    n_obs=41_284,
    notes=(
        "an enhancer screen: targets are regions, not genes, so gene-based models cannot use them",
        "scPerturb's table (v1.3) counts 16,531 perturbations",
    ),
)
