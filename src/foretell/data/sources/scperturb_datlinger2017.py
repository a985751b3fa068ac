"""Datlinger 2017, CROP-seq, Jurkat with and without TCR stimulation; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_datlinger2017",
    "DatlingerBock2017",
    title="Datlinger 2017, CROP-seq, Jurkat with and without TCR stimulation",
    accession="GSE92872",
    doi="10.1038/nmeth.4177",
    mapping={"kind": "knockout", "context": ("perturbation_2",)},
    n_obs=5905,
    notes=(
        "labels name guides; genes stand in the column target",
        "the stimulus is context (perturbation_2)",
        "scPerturb's table (v1.3) counts 96 perturbations",
    ),
)
