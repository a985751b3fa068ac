"""Nakatake 2020, transcription factors in human ES cells, bulk; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_nakatake",
    "nakatake",
    title="Nakatake 2020, transcription factors in human ES cells, bulk",
    accession="ExAtlas",
    kind="overexpression",
    doi="10.1016/j.celrep.2020.107655",
    citation="nakatake2020",
    notes=("714 genes perturbed",),
)
