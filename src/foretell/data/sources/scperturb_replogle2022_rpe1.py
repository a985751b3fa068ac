"""Replogle 2022, essential genes, CRISPRi in RPE1; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_replogle2022_rpe1",
    "ReplogleWeissman2022_rpe1",
    title="Replogle 2022, essential genes, CRISPRi in RPE1",
    accession="PRJNA831566",
    doi="10.1016/j.cell.2022.05.013",
    mapping={"kind": "interference", "blocks": ("batch",), "control": ("control", "non-targeting")},
    sha256="12d6a0cf9378c4f09411e27f0ce07b59f1d97731bd576d6fadf112f6f088d1a4",
    md5="cc7f1ec50aeb3a3e1b4a6cfa713d80fa",
    size=1_236_886_900,
    n_obs=247_914,
    n_genes=8749,
    citation="replogle2022",
    notes=(
        "stored dense, 9 GB in memory: open it with on_disk",
        "scPerturb's table (v1.3) counts 2,393 perturbations",
    ),
)
