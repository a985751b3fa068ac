"""Datlinger 2021, scifi-RNA-seq, Jurkat with and without TCR stimulation; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_datlinger2021",
    "DatlingerBock2021",
    title="Datlinger 2021, scifi-RNA-seq, Jurkat with and without TCR stimulation",
    accession="GSE168620",
    doi="10.1038/s41592-021-01153-z",
    mapping={"kind": "knockout", "context": ("perturbation_2",)},
    md5="5cfbcb4770e9c859a07b2cc44fd12066",
    n_obs=39_194,
    n_genes=25_904,
    citation="datlinger2021",
    notes=(
        "labels name guides (ZAP70_1), not genes",
        "the stimulus is context (perturbation_2)",
        "scPerturb's table (v1.3) counts 40 perturbations",
    ),
)
