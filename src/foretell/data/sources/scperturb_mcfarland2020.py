"""McFarland 2020, MIX-seq, drugs in many cell lines; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_mcfarland2020",
    "McFarlandTsherniak2020",
    title="McFarland 2020, MIX-seq, drugs in many cell lines",
    accession="accession not found",
    doi="10.1038/s41467-020-17440-w",
    mapping={"context": ("cell_line",)},
    size=1_459_410_830,
    n_obs=182_875,
    notes=(
        "drugs and guides (sgGPX4-1) stand side by side: kind is not declared",
        "doses and times stand in dose_value and time and are not used here",
        "scPerturb's table (v1.3) counts 17 perturbations",
    ),
)
