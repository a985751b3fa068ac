"""Bases: small good files of every form, from which fuzzed ones are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus.screens import LABELS, save, screen
from corpus.themes import stores
from foretell.core.layout import TableLayout

__all__ = ["BASES", "FOLDERS", "HDF5", "LAYOUTS", "make_bases"]


def _screen(**given: Any) -> Any:
    labels = (*LABELS, "KLF1+GATA1")
    adata = screen(labels, n=6, cell_type=lambda label, i: "TB"[i % 2], dose=0.5, **given)
    adata.obs = adata.obs.astype({"perturbation": "category", "cell_type": "category"})
    adata.layers["logs"] = adata.X.copy()
    adata.uns["title"] = "small"
    return adata


def _sparse(path: Path) -> None:
    save(_screen(), path)


def _dense(path: Path) -> None:
    save(_screen(dense=True), path)


def _by_genes(path: Path) -> None:
    adata = _screen()
    adata.X = adata.X.tocsc()
    save(adata, path)


def _packed(path: Path) -> None:
    _screen().write_h5ad(path, compression="gzip")


def _table(path: Path) -> Any:
    adata = _screen(dense=True)
    return adata.to_df().astype(int).assign(perturbation=list(adata.obs["perturbation"]))


def _csv(path: Path) -> None:
    _table(path).to_csv(path)


def _parquet(path: Path) -> None:
    _table(path).to_parquet(path)


def _zarr_2(path: Path) -> None:
    stores.write_zarr(path, 2)


def _zarr_3(path: Path) -> None:
    stores.write_zarr(path, 3)


BASES: dict[str, Callable[[Path], object]] = {
    "sparse.h5ad": _sparse,
    "dense.h5ad": _dense,
    "packed.h5ad": _packed,
    "genes.h5ad": _by_genes,
    "counts.h5": stores.write_tenx,
    "table.csv": _csv,
    "table.parquet": _parquet,
    "two.zarr": _zarr_2,
    "three.zarr": _zarr_3,
    "sample": stores.write_mtx,
}
HDF5 = ("sparse.h5ad", "dense.h5ad", "genes.h5ad", "counts.h5")
FOLDERS = ("two.zarr", "three.zarr", "sample")
LAYOUTS = {"counts.h5": TableLayout(obs="cells.csv"), "sample": TableLayout(obs="cells.csv")}


def make_bases(folder: Path) -> None:
    """Write every base into a folder, and the table of cells that counts need."""
    folder.mkdir(parents=True)
    for name, write in BASES.items():
        write(folder / name)
    screen().obs.to_csv(folder / "cells.csv")
