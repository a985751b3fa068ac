"""Weinreb 2020, cytokines on mouse haematopoiesis; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_weinreb2020",
    "WeinrebKlein2020",
    title="Weinreb 2020, cytokines on mouse haematopoiesis",
    accession="GSE140802",
    doi="10.1126/science.aaw3381",
    mapping={"kind": "ligand", "scale": "log1p"},
    species="mouse",
    n_obs=65_075,
    notes=(
        "a public audit found no integer counts in this file: the scale log1p is our guess; look "
        "before use",
        "no control label was found",
        "scPerturb's table (v1.3) counts 4 perturbations",
    ),
)
