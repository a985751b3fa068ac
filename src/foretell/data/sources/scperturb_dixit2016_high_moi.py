"""Dixit 2016, transcription factors in K562, several guides a cell; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_dixit2016_high_moi",
    "DixitRegev2016_K562_TFs_High_MOI",
    title="Dixit 2016, transcription factors in K562, several guides a cell",
    accession="GSE90063",
    doi="10.1016/j.cell.2016.11.038",
    mapping={"kind": "knockout", "delimiter": "_"},
    n_obs=51_898,
    citation="dixit2016",
    notes=(
        "controls are intergenic cuts",
        "scPerturb's table (v1.3) counts 1,728 perturbations",
    ),
)
