"""Schiebinger 2019, reprogramming of mouse fibroblasts, first series; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_schiebinger2019_gse106340",
    "SchiebingerLander2019_GSE106340",
    title="Schiebinger 2019, reprogramming of mouse fibroblasts, first series",
    accession="GSE106340",
    doi="10.1016/j.cell.2019.01.006",
    mapping={"kind": "ligand"},
    species="mouse",
    md5="8d988c345930195ea6e64a05c762abb3",
    size=378_858_726,
    n_obs=68_339,
    notes=(
        "a time course under two media; no untreated control was found, so it does not open "
        "without one",
        "scPerturb's table (v1.3) counts 1 perturbations",
    ),
)
