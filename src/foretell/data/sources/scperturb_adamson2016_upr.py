"""Adamson 2016, UPR screen, CRISPRi in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_adamson2016_upr",
    "AdamsonWeissman2016_GSM2406681_10X010",
    title="Adamson 2016, UPR screen, CRISPRi in K562",
    accession="GSM2406681",
    doi="10.1016/j.cell.2016.11.048",
    mapping={
        "control": ("62(mod)_pBA581", "63(mod)_pBA580"),
        "no_call": ("nan", "*"),
        "kind": "interference",
    },
    sha256="e70fcd49808cab8d724de8d5a332940911206e1c8ef44cc7b568d048ed795c85",
    md5="2fa44ea61a8dd35742af618638ec65fc",
    size=471_286_951,
    n_obs=65_337,
    n_genes=32_738,
    citation="adamson2016",
    notes=(
        "labels name plasmids, not genes; adamson2016_gears has gene names",
        "controls are plasmids 62(mod)_pBA581 and 63(mod)_pBA580, never called control; "
        "Gal4-4(mod)_pBA582 is probably one too, public repositories disagree",
        "2,613 cells lost their label when barcodes were cut (dropped and counted)",
        "scPerturb's table (v1.3) counts 113 perturbations",
    ),
)
