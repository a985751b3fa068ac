"""Chang 2021, TraCe-seq, drugs in PC9; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_chang2021",
    "ChangYe2021",
    title="Chang 2021, TraCe-seq, drugs in PC9",
    accession="accession not found",
    doi="10.1038/s41587-021-01005-3",
    mapping={"kind": "compound"},
    size=501_823_050,
    n_obs=42_277,
    notes=("scPerturb's table (v1.3) counts 3 perturbations",),
)
