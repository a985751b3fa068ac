"""Tahoe-100M: 379 drugs on 50 cancer lines, 100 million cells."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="tahoe100m",
    title="Tahoe-100M, drugs at three doses on 50 cancer lines",
    accession="Hugging Face tahoebio/Tahoe-100M",
    species="human",
    licence="not stated",
    reached="never reached by us; places found in public repositories that read from them",
    mapping=ColumnMapping(
        perturbation="drugname_drugconc",
        control=("DMSO_TF",),
        delimiter=None,
        spelling="tuples",
        context=("cell_line",),
        blocks=("plate",),
        scale="counts",
        kind="compound",
    ),
    by_hand="there is no single file: download the h5ad of the plates that you need from the "
    "bucket gs://arc-ctc-tahoe100/2025-02-25/h5ad/, or the 3,388 parquet shards of "
    "https://huggingface.co/datasets/tahoebio/Tahoe-100M, and join or convert them",
    doi="10.1101/2025.02.20.639398",
    notes=(
        "labels carry the dose: [('drug', 0.5, 'uM')]",
        "in the parquet shards the first token of every cell is a marker, not a gene",
        "drug metadata (SMILES, mechanism) is metadata/drug_metadata.parquet of the same place",
    ),
)
