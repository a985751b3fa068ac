"""GEARS: screens as its authors prepared them, zipped, on Harvard Dataverse."""

from __future__ import annotations

from typing import Any

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["gears"]


def gears(
    name: str, datafile: int, folder: str, *, title: str, kind: str, doi: str, **more: Any
) -> Source:
    """Return a source of this collection: file id and name on Dataverse, and what is its own.

    By convention the label stands in ``condition`` (``A+B``, ``A+ctrl`` or ``ctrl+A``, ``ctrl``),
    genes are Ensembl ids with the symbol in ``gene_name``, and ``X`` is log1p of normalised counts
    of about 5,000 variable genes and the targets.
    """
    mapping = ColumnMapping(
        perturbation="condition",
        control=("ctrl",),
        delimiter="+",
        scale="log1p",
        kind=kind,
        gene_names="gene_name",
    )
    about: dict[str, Any] = {
        "name": name,
        "title": title,
        "species": "human",
        "licence": "CC0 1.0 (as the Dataverse record says)",
        "reached": "never reached by us; file id found in the public code of GEARS and others",
        "mapping": mapping,
        "address": f"https://dataverse.harvard.edu/api/access/datafile/{datafile}",
        "file": f"gears_{folder}.zip",
        "member": "perturb_processed.h5ad",
        "doi": doi,
        "data_doi": "10.7910/DVN/Q2ZV3E",
        "citation": "roohani2024",
        "collection": "GEARS",
    }
    return Source(**about | more)
