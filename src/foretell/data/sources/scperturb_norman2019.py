"""Norman 2019, single and double activations in K562; through scPerturb."""

from __future__ import annotations

from foretell.data.sources.collections.scperturb import scperturb

__all__ = ["SOURCE"]

SOURCE = scperturb(
    "scperturb_norman2019",
    "NormanWeissman2019_filtered",
    title="Norman 2019, single and double activations in K562",
    accession="GSE133344",
    doi="10.1126/science.aax4438",
    mapping={"kind": "activation", "delimiter": "_"},
    sha256="efde6f5301fe256725dce1d980f37bd96a13481a9a16135515897368e631affc",
    md5="c870e6967d91c017d9da827bab183cd6",
    size=698_680_199,
    n_obs=111_445,
    n_genes=33_694,
    citation="norman2019",
    notes=(
        "the 111,445 annotated cells of 111,668; 11,855 are controls",
        "norman2019_gears is the same experiment: never train on one and test on the other",
        "scPerturb's table (v1.3) counts 236 perturbations",
    ),
)
