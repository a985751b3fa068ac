"""Wessels 2023, Cas13 pairs in THP-1; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_wessels2023",
    "WesselsSatija2023",
    title="Wessels 2023, Cas13 pairs in THP-1",
    accession="GSE213957",
    doi="10.1038/s41592-022-01705-x",
    mapping={"kind": "interference", "delimiter": "_"},
    n_obs=30_707,
    n_genes=21_052,
    notes=(
        "Cas13 cuts RNA: interference is the nearest kind",
        "scPerturb's table (v1.3) counts 186 perturbations",
    ),
)
