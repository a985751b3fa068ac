"""Liang 2023, screen in mouse liver organoids; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_liang2023",
    "LiangWang2023",
    title="Liang 2023, screen in mouse liver organoids",
    accession="accession not found",
    doi="10.1186/s13059-023-03084-8",
    mapping={"kind": "knockout"},
    species="mouse",
    n_obs=41_383,
    notes=("scPerturb's table (v1.3) counts 77 perturbations",),
)
