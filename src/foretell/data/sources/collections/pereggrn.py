"""PEREGGRN: perturbation data of an expression forecasting benchmark, one archive for all sets."""

from __future__ import annotations

from typing import Any

from foretell.core.mapping import ColumnMapping
from foretell.core.source import Source

__all__ = ["pereggrn"]

RECORD = "13345104"


def pereggrn(
    name: str,
    folder: str,
    *,
    title: str,
    accession: str,
    kind: str,
    observation: str = "samples",
    mapping: dict[str, Any] | None = None,
    **more: Any,
) -> Source:
    """Return a source of this collection: its folder in the archive, and what is its own.

    By convention labels stand in ``perturbation`` (joined by commas), ``is_control`` marks
    controls, and ``X`` is log1p of normalised values, in most sets pseudobulk.
    """
    columns: dict[str, Any] = {
        "perturbation": "perturbation",
        "is_control": "is_control",
        "delimiter": ",",
        "scale": "log1p",
        "kind": kind,
        "observation": observation,
    }
    about: dict[str, Any] = {
        "name": name,
        "title": title,
        "accession": f"{accession} (PEREGGRN, Zenodo {RECORD})",
        "species": "human",
        "licence": "not stated",
        "reached": "never reached by us; address found in the public set-up scripts of the "
        "benchmark, the path inside from its README",
        "mapping": ColumnMapping.from_dict(columns | (mapping or {})),
        "address": f"https://zenodo.org/record/{RECORD}/files/perturbation_data.zip",
        "file": f"pereggrn_{RECORD}_perturbation_data.zip",
        "member": f"perturbations/{folder}/test.h5ad",
        "data_doi": f"10.5281/zenodo.{RECORD}",
        "citation": "kernfeld2025",
        "collection": "PEREGGRN",
        "notes": (
            "one large archive (about 20 GB unpacked) holds every PEREGGRN set: it is fetched "
            "once, and only this member is unpacked",
            "the paper names a newer deposit (10.5281/zenodo.15048156) whose file names were "
            "not found; this is the last one whose address is in public scripts",
            *more.pop("notes", ()),
        ),
    }
    return Source(**about | more)
