"""Adamson 2016, UPR epistasis, CRISPRi in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_adamson2016_epistasis",
    "AdamsonWeissman2016_GSM2406677_10X005",
    title="Adamson 2016, UPR epistasis, CRISPRi in K562",
    accession="GSM2406677",
    doi="10.1016/j.cell.2016.11.048",
    mapping={
        "control": ("3x_neg_ctrl_pMJ144-1", "3x_neg_ctrl_pMJ144-2"),
        "no_call": ("nan", "*"),
        "kind": "interference",
    },
    md5="8657391920e7f8b3e6fd52745777002a",
    size=139_059_637,
    n_obs=15_006,
    citation="adamson2016",
    notes=(
        "labels name plasmids; ATF6_PERK_IRE1_pMJ158 is a combination that no delimiter can tell "
        "from ATF6_only_pMJ145",
        "controls are the two 3x_neg_ctrl plasmids, never called control; * means no call",
        "scPerturb's table (v1.3) counts 19 perturbations",
    ),
)
