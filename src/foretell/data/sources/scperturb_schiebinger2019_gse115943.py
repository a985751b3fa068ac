"""Schiebinger 2019, reprogramming of mouse fibroblasts, second series; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_schiebinger2019_gse115943",
    "SchiebingerLander2019_GSE115943",
    title="Schiebinger 2019, reprogramming of mouse fibroblasts, second series",
    accession="GSE115943",
    doi="10.1016/j.cell.2019.01.006",
    mapping={"kind": "ligand"},
    species="mouse",
    n_obs=259_155,
    notes=(
        "a time course under media; no untreated control was found, so it does not open without "
        "one",
        "scPerturb's table (v1.3) counts 2 perturbations",
    ),
)
