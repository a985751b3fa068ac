"""Adamson 2016, UPR pilot, CRISPRi in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_adamson2016_pilot",
    "AdamsonWeissman2016_GSM2406675_10X001",
    title="Adamson 2016, UPR pilot, CRISPRi in K562",
    accession="GSM2406675",
    doi="10.1016/j.cell.2016.11.048",
    mapping={"control": ("62(mod)_pBA581",), "no_call": ("nan", "*"), "kind": "interference"},
    md5="232f7e3756d41602bbe434b50662a76f",
    size=34_557_246,
    n_obs=5768,
    citation="adamson2016",
    notes=(
        "labels name plasmids (SPI1_pDS255), not genes; adamson2016_gears has gene names",
        "controls are plasmid 62(mod)_pBA581, never called control; * means no call",
        "scPerturb's table (v1.3) counts 8 perturbations",
    ),
)
