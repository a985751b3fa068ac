"""Mean profiles from disk, against scanpy's way: read the file, then aggregate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compare_pseudobulk import WORK as WORK
from compare_pseudobulk import ours as ours
from compare_pseudobulk import prepare as prepare

NAME = "pseudobulk_scanpy"
PEER = "scanpy: read_h5ad, then get.aggregate(func='mean')"
PEER_REQUIREMENTS = ("scanpy==1.11.5",)


def peer(folder: Path) -> Iterator[str]:
    """Read and aggregate."""
    import anndata
    import scanpy

    yield scanpy.__version__
    adata = anndata.read_h5ad(folder / "big.h5ad")
    scanpy.get.aggregate(adata, by="perturbation", func="mean")
