"""Replogle 2022: essential genes, CRISPRi in K562, raw counts as the authors deposited them."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="replogle2022_k562_essential",
    title="Replogle 2022, essential genes, CRISPRi in K562, raw counts of the authors",
    accession="figshare+ 20029387 (file 35773219)",
    species="human",
    licence="CC BY 4.0 (as public repositories quote the deposit)",
    reached="never reached by us; file id found in public repositories, some of which were refused "
    "by the host when they asked from a script",
    mapping=ColumnMapping(
        perturbation="gene",
        control=("non-targeting",),
        delimiter=None,
        blocks=("gem_group",),
        scale="counts",
        kind="interference",
        gene_names="gene_name",
    ),
    address="https://plus.figshare.com/ndownloader/files/35773219",
    md5="4f1122ce1c7f13299a68df6459a266d3",
    size=10_661_879_995,
    n_obs=310_385,
    n_genes=8563,
    doi="10.1016/j.cell.2022.05.013",
    data_doi="10.25452/figshare.plus.20029387.v1",
    citation="replogle2022",
    notes=(
        "stored dense, about 10 GB: open it with on_disk; the scPerturb copy is a tenth of it",
        "the genome-wide screen of the same deposit is 65 GB: see scperturb_replogle2022_k562_gwps",
    ),
)
