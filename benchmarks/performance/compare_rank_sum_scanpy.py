"""Rank-sum tests of a screen, against scanpy; scanpy tests 20 of the 200 groups only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compare_rank_sum_illico import few, read, tested
from compare_rank_sum_illico import prepare as prepare
from evaluation_screen import screen

NAME = "rank_sum_vs_scanpy"
WORK = (
    "200 perturbations x 100 cells against 2,000 controls, 5,000 genes; the peer does 20 of the "
    "200, and its time is not multiplied"
)
PEER = "scanpy rank_genes_groups(method='wilcoxon', tie_correct=True), 20 of the 200 groups"
PEER_REQUIREMENTS = ("scanpy==1.12.4",)
PEER_PYTHON = "3.12"  # the oldest that this release takes
GROUPS = 20


def ours(folder: Path) -> Iterator[Any]:
    """Test all groups."""
    import foretell

    X, codes, control = read(folder)
    tested(X[:500, :50], codes[:500], control[:500])
    yield foretell.__version__
    tested(X, codes, control)


def peer(folder: Path) -> Iterator[str]:
    """Test some groups by scanpy."""
    import anndata
    import scanpy

    adata = anndata.read_h5ad(screen(folder))
    names = [name for name in adata.obs["perturbation"].cat.categories if name != "control"]
    settings = {"reference": "control", "method": "wilcoxon", "tie_correct": True}
    small = few(adata)
    scanpy.tl.rank_genes_groups(small, "perturbation", **settings)
    yield scanpy.__version__
    scanpy.tl.rank_genes_groups(adata, "perturbation", groups=names[:GROUPS], **settings)
