"""Replogle 2022, essential genes, CRISPRi in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_replogle2022_k562_essential",
    "ReplogleWeissman2022_K562_essential",
    title="Replogle 2022, essential genes, CRISPRi in K562",
    accession="PRJNA831566",
    doi="10.1016/j.cell.2022.05.013",
    mapping={"kind": "interference", "blocks": ("batch",), "control": ("control", "non-targeting")},
    sha256="412fd0df8c4ccea9f4db91cd88033c49200838b29d40945e48574be588b48789",
    md5="d8cba17576d1a8afc0f7d71b79cad0f7",
    size=1_546_729_675,
    n_obs=310_385,
    n_genes=8563,
    citation="replogle2022",
    notes=(
        "a public audit found every count equal to the authors' file; stored dense, 10 GB in "
        "memory: open it with on_disk",
        "TDC once served this file under the name of the genome-wide one",
        "scPerturb's table (v1.3) counts 2,057 perturbations",
    ),
)
