"""scPerturb: harmonised single-cell screens, one h5ad each, on Zenodo."""

from __future__ import annotations

from typing import Any

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["RECORD", "scperturb"]

RECORD = "13350497"  # v1.4, August 2024
REACHED = (
    "never reached by us; record and file name found in public repositories that fetch from it"
)
COLUMNS = {"perturbation": "perturbation", "control": "control", "delimiter": None}


def scperturb(
    name: str,
    file: str,
    *,
    title: str,
    accession: str,
    doi: str,
    mapping: dict[str, Any] | None = None,
    record: str = RECORD,
    species: str = "human",
    **more: Any,
) -> Source:
    """Return a source of this collection; `mapping` holds what differs from its conventions.

    By convention the label stands in ``perturbation``, controls are called ``control``, ``X``
    holds raw counts, and cells without a call have no label (here dropped and counted).
    """
    columns: dict[str, Any] = COLUMNS | {"no_call": ("nan", "None")} | (mapping or {})
    about: dict[str, Any] = {
        "name": name,
        "title": title,
        "accession": f"{accession} (scPerturb, Zenodo {record})",
        "species": species,
        "licence": "CC BY 4.0 (as the Zenodo record says)",
        "reached": REACHED,
        "mapping": ColumnMapping.from_dict(columns),
        "address": f"https://zenodo.org/records/{record}/files/{file}.h5ad?download=1",
        "doi": doi,
        "data_doi": f"10.5281/zenodo.{record}",
        "citation": "peidli2024",
        "collection": "scPerturb",
    }
    return Source(**about | more)
