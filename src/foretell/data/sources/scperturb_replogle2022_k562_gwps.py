"""Replogle 2022, all expressed genes, CRISPRi in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_replogle2022_k562_gwps",
    "ReplogleWeissman2022_K562_gwps",
    title="Replogle 2022, all expressed genes, CRISPRi in K562",
    accession="PRJNA831566",
    doi="10.1016/j.cell.2022.05.013",
    mapping={"kind": "interference", "blocks": ("batch",), "control": ("control", "non-targeting")},
    md5="13db594f8f1d2ccb88fec44a13e414dc",
    size=8_805_466_154,
    n_obs=1_989_578,
    citation="replogle2022",
    notes=(
        "stored dense, about 65 GB in memory: open it with on_disk",
        "TDC once served the essential file under this name: the number of cells tells",
        "scPerturb's table (v1.3) counts 9,866 perturbations",
    ),
)
