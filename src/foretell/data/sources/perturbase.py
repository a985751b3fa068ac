"""PerturBase: 122 screens, prepared alike, from a web site."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="perturbase",
    title="PerturBase, 122 single-cell screens prepared alike",
    accession="PMID 39377396",
    species="human, mouse",
    licence="not stated",
    reached="never reached by us; the site answers without encryption only (http), so it is not "
    "fetched from here",
    mapping=ColumnMapping(perturbation="gene", control=("CTRL",), delimiter=","),
    by_hand="choose a set on http://www.perturbase.cn (archives hold mixscape_hvg_filter.h5ad), "
    "check what arrives, and open it as your own file",
    notes=(
        "one name stands for the whole site: every set is a file of its own",
        "columns of its files were not looked up: the mapping is the usual one and may not fit",
    ),
)
