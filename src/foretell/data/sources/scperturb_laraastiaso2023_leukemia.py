"""Lara-Astiaso 2023, chromatin factors in mouse leukaemia; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_laraastiaso2023_leukemia",
    "LaraAstiasoHuntly2023_leukemia",
    title="Lara-Astiaso 2023, chromatin factors in mouse leukaemia",
    accession="GSE213511",
    doi="10.1038/s41588-023-01471-2",
    mapping={"kind": "knockout"},
    species="mouse",
    n_obs=182_949,
    notes=("scPerturb's table (v1.3) counts 58 perturbations",),
)
