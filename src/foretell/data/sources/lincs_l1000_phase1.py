"""LINCS L1000, phase 1: signatures of compounds and genes in many cell lines, level 5."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="lincs_l1000_phase1",
    title="LINCS L1000 phase 1, level 5 signatures (moderated z)",
    accession="GSE92742",
    species="human",
    licence="CC BY 4.0 (as data resources of LINCS state it)",
    reached="never reached by us; address found in public repositories that fetch from it",
    mapping=ColumnMapping(
        perturbation="pert_iname",
        delimiter=None,
        context=("cell_id",),
        scale="z",
        observation="samples",
    ),
    address="https://ftp.ncbi.nlm.nih.gov/geo/series/GSE92nnn/GSE92742/suppl/"
    "GSE92742_Broad_LINCS_Level5_COMPZ.MODZ_n473647x12328.gctx.gz",
    file="lincs_l1000_phase1.gctx.gz",
    suffix=".gctx",
    size=21_328_033_748,
    doi="10.1016/j.cell.2017.10.049",
    citation="subramanian2017",
    n_obs=473_647,
    n_genes=12_328,
    notes=(
        "GCTX is fetched but not opened here: labels stand in a second file (sig_info) of the "
        "same series; join both with a GCTX reader and save an h5ad",
        "978 genes are measured, the others are inferred from them",
        "compounds, knock-downs and overexpressions stand side by side (pert_type)",
    ),
)
