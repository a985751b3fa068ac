"""Frangieh 2021, Perturb-CITE-seq, melanoma in three conditions, RNA; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_frangieh2021",
    "FrangiehIzar2021_RNA",
    title="Frangieh 2021, Perturb-CITE-seq, melanoma in three conditions, RNA",
    accession="SCP1064",
    doi="10.1038/s41588-021-00779-1",
    mapping={"kind": "knockout", "context": ("perturbation_2",)},
    md5="dc438f53c476a3dd562898654d48ed15",
    size=1_458_928_348,
    n_obs=218_331,
    n_genes=23_712,
    citation="frangieh2021",
    notes=(
        "three conditions (control, IFN-gamma, co-culture): the column of the condition is taken "
        "to be perturbation_2, which we could not look up",
        "scPerturb's table (v1.3) counts 248 perturbations",
    ),
)
