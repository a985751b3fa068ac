"""OpenProblems 2023: effects of drugs on blood cells, the table of the competition."""

from __future__ import annotations

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["SOURCE"]

SOURCE = Source(
    name="openproblems2023",
    title="OpenProblems 2023, drugs on blood cells, log fold changes of the training set",
    accession="GSE279945 (OpenProblems, task_perturbation_prediction)",
    species="human",
    licence="not stated",
    reached="never reached by us; address found in a public repository that fetches from it",
    mapping=ColumnMapping(
        perturbation="sm_name",
        delimiter=None,
        context=("cell_type",),
        scale="log_ratio",
        layer="logFC",
        observation="samples",
        kind="compound",
        components=("SMILES", "sm_lincs_id"),
    ),
    address="https://openproblems-data.s3.amazonaws.com/resources/task_perturbation_prediction/"
    "datasets/neurips-2023-data/de_train.h5ad",
    notes=(
        "signed log10 p-values, on which the competition scored, are the layer "
        "clipped_sign_log10_pval; here the log fold changes are read",
        "one row per drug and cell type; controls are inside the differential expression",
        "the name of the layer comes from the file schema of the task, not from the file",
    ),
)
