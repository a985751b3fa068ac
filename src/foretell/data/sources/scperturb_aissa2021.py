"""Aissa 2021, drug tolerance, PC9 and M14; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_aissa2021",
    "AissaBenevolenskaya2021",
    title="Aissa 2021, drug tolerance, PC9 and M14",
    accession="GSE149383",
    doi="10.1038/s41467-021-21884-z",
    mapping={"kind": "compound", "delimiter": "_"},
    size=45_919_115,
    notes=(
        "the number of cells differs between public listings (119,071 and 166,589), so it is not "
        "checked",
        "treatments are sequences (erlotinib_DMSO), not mixtures",
        "scPerturb's table (v1.3) counts 7 perturbations",
    ),
)
