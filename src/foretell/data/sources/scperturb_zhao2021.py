"""Zhao 2021, drugs on glioblastoma slices; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_zhao2021",
    "ZhaoSims2021",
    title="Zhao 2021, drugs on glioblastoma slices",
    accession="GSE148842",
    doi="10.1186/s13073-021-00894-y",
    mapping={"kind": "compound", "context": ("sample",)},
    size=586_888_140,
    n_obs=165_748,
    notes=("scPerturb's table (v1.3) counts 6 perturbations",),
)
