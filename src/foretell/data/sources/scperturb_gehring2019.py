"""Gehring 2019, 96 mixtures of drugs on mouse neural stem cells; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_gehring2019",
    "GehringPachter2019",
    title="Gehring 2019, 96 mixtures of drugs on mouse neural stem cells",
    accession="accession not found",
    doi="10.1038/s41587-019-0372-z",
    mapping={"kind": "compound", "scale": "log1p"},
    species="mouse",
    size=73_274_146,
    n_obs=20_382,
    notes=(
        "a public audit found no integer counts in this file: the scale log1p is our guess; look "
        "before use",
        "doses stand in four columns of four drugs and every cell has the same label: the label "
        "alone does not tell treatments apart",
    ),
)
