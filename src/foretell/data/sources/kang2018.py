"""Kang 2018: blood cells of eight donors, with and without interferon beta."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="kang2018",
    title="Kang 2018, interferon beta on blood cells of eight donors",
    accession="GSE96583 (as pertpy distributes it)",
    species="human",
    licence="not stated",
    reached="never reached by us; address found in the public code of pertpy and others",
    mapping=ColumnMapping(
        perturbation="label",
        control=("ctrl",),
        delimiter=None,
        context=("cell_type",),
        blocks=("replicate",),
        scale="counts",
        kind="ligand",
    ),
    address="https://exampledata.scverse.org/pertpy/kang_2018.h5ad",
    sha256="e6a5adac64dcdeb36eaba27db49b63e0c64bb0ed4a64c6705971506b41c39830",
    size=38_356_412,
    doi="10.1038/nbt.4042",
    citation="kang2018",
    n_obs=24_673,
    n_genes=15_706,
    n_perturbations=1,
    notes=(
        "the sum was not computed by us: several public repositories agree on it",
        "one perturbation in eight cell types: a task of unseen contexts",
        "doublets were removed; donors stand in the column replicate",
    ),
)
