"""OpenProblems 2023: drugs on blood cells, single cells."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="openproblems2023_cells",
    title="OpenProblems 2023, drugs on blood cells of three donors, single cells",
    accession="GSE279945 (OpenProblems, neurips-2023-competition)",
    species="human",
    licence="not stated",
    reached="never reached by us; address found in public repositories that fetch from it",
    mapping=ColumnMapping(
        perturbation="sm_name",
        control=("Dimethyl Sulfoxide",),
        delimiter=None,
        context=("cell_type", "donor_id"),
        blocks=("plate_name",),
        scale="counts",
        kind="compound",
        components=("SMILES",),
    ),
    address="https://openproblems-bio.s3.amazonaws.com/public/neurips-2023-competition/"
    "sc_counts.h5ad",
    size=14_258_126_612,
    notes=(
        "belinostat and dabrafenib are positive controls of the assay, not vehicle",
        "columns come from the schema of the task: look before use",
    ),
)
