"""Lotfollahi 2023, combinatorial sci-Plex, drug pairs in A549; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_lotfollahi2023",
    "LotfollahiTheis2023",
    title="Lotfollahi 2023, combinatorial sci-Plex, drug pairs in A549",
    accession="GSE206741",
    doi="10.15252/msb.202211517",
    mapping={"kind": "compound", "delimiter": "_"},
    n_obs=63_430,
    notes=("scPerturb's table (v1.3) counts 31 perturbations",),
)
