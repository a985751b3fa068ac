"""Nakatake 2020, resampled as single cells; through PEREGGRN."""

from __future__ import annotations

from foretell.data.sources.collections.pereggrn import pereggrn

__all__ = ["SOURCE"]

SOURCE = pereggrn(
    "pereggrn_nakatake_simulated_scrna",
    "nakatake_simulated_scrna",
    title="Nakatake 2020, resampled as single cells",
    accession="ExAtlas",
    kind="overexpression",
    observation="cells",
    doi="10.1016/j.celrep.2020.107655",
    citation="nakatake2020",
    notes=("simulated: Poisson counts of 50 cells from every bulk sample",),
)
