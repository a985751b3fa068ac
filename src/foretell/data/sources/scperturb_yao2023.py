"""Yao 2023, compressed Perturb-seq in THP-1; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_yao2023",
    "YaoCleary2023",
    title="Yao 2023, compressed Perturb-seq in THP-1",
    accession="GSE221321",
    doi="10.1101/2023.01.23.525200",
    mapping={"delimiter": "_"},
    record="10044268",
    n_obs=210_131,
    notes=(
        "several guides a cell or several cells a droplet, by design",
        "scPerturb's table (v1.3) counts 38,788 perturbations",
    ),
)
