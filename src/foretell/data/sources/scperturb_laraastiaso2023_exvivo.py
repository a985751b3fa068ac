"""Lara-Astiaso 2023, chromatin factors in mouse blood, ex vivo; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_laraastiaso2023_exvivo",
    "LaraAstiasoHuntly2023_exvivo",
    title="Lara-Astiaso 2023, chromatin factors in mouse blood, ex vivo",
    accession="GSE213511",
    doi="10.1038/s41588-023-01471-2",
    mapping={"kind": "knockout"},
    species="mouse",
    n_obs=146_793,
    notes=("scPerturb's table (v1.3) counts 42 perturbations",),
)
