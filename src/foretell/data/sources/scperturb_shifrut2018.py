"""Shifrut 2018, SLICE, human T cells with and without stimulation; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_shifrut2018",
    "ShifrutMarson2018",
    title="Shifrut 2018, SLICE, human T cells with and without stimulation",
    accession="GSE119450",
    doi="10.1016/j.cell.2018.10.024",
    mapping={"kind": "knockout", "context": ("perturbation_2", "replicate")},
    n_obs=52_236,
    notes=(
        "the code of the collection calls cells without a guide control, while true non-targeting "
        "guides keep their names (ES.sg43.NonTarget.CTRL108): choose yourself",
        "labels name guides (ES.sg22.LCP2), not genes",
        "scPerturb's table (v1.3) counts 40 perturbations",
    ),
)
