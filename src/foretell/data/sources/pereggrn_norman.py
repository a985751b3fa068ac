"""Norman 2019 in K562, cells as GEARS prepared them; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_norman",
    "norman",
    title="Norman 2019 in K562, cells as GEARS prepared them",
    accession="GSE133344",
    kind="activation",
    observation="cells",
    doi="10.1126/science.aax4438",
    citation="norman2019",
    notes=(
        "the same cells as norman2019_gears",
        "perturbation_type says overexpression",
    ),
)
