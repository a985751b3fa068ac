"""Rank-sum tests of a whole screen, against pdex."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compare_rank_sum_illico import WORK as WORK
from compare_rank_sum_illico import few
from compare_rank_sum_illico import ours as ours
from compare_rank_sum_illico import prepare as prepare
from evaluation_screen import screen

NAME = "rank_sum_vs_pdex"
PEER = "pdex, the engine of cell-eval, all threads"
PEER_REQUIREMENTS = ("pdex==0.3.0",)


def peer(folder: Path) -> Iterator[str]:
    """Test by pdex."""
    from importlib.metadata import version

    import anndata
    import pdex

    adata = anndata.read_h5ad(screen(folder))
    settings = {"groupby": "perturbation", "reference": "control", "is_log1p": True}
    pdex.pdex(few(adata), **settings)
    yield version("pdex")
    pdex.pdex(adata, **settings)
