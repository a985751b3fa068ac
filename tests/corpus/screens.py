"""Screens: small good ones, from which the odd ones are made."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from corpus.case import Refused
from foretell.core.errors import UnreadableFile

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["GENES", "LABELS", "replace_stored", "save", "screen", "unreadable", "written"]

NAMES = """
KLF1 GATA1 TP53 MYC STAT1 JAK2 IRF1 CD4 CD8A FOXP3 SPI1 CEBPA RUNX1 TAL1 ETS1 FOS JUN EGR1 HBG1 HBB
"""
GENES = tuple(NAMES.split())
LABELS = ("control", "KLF1", "GATA1", "TP53")


def screen(
    labels: Sequence[Any] = LABELS,
    *,
    column: str | None = "perturbation",
    n: int = 10,
    genes: Sequence[str] = GENES,
    scale: str = "counts",
    dense: bool = False,
    **columns: Any,
) -> AnnData:
    """Build cells: every label `n` times; further columns are functions of (label, number)."""
    import pandas as pd
    from anndata import AnnData
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(7)
    rows = [(label, i) for label in labels for i in range(n)]
    obs = pd.DataFrame(index=[f"cell{i}" for i in range(len(rows))])
    if column is not None:
        obs[column] = [label for label, _ in rows]
    for name, values in columns.items():
        obs[name] = [values(*row) for row in rows] if callable(values) else values
    depth = rng.lognormal(0, 0.4, (len(rows), 1))
    mean = 3.0 * depth * rng.gamma(1, 1, (1, len(genes)))
    X = rng.poisson(mean, (len(rows), len(genes))).astype(float)
    if X.size:
        X[:, 0] += 1  # no empty cell
    X = _on(X, scale).astype(np.float32)
    return AnnData(X if dense else csr_matrix(X), obs=obs, var=pd.DataFrame(index=list(genes)))


def _on(X: np.ndarray, scale: str) -> np.ndarray:
    if scale == "counts":
        return X
    normal = X / X.sum(axis=1, keepdims=True) * 1e4
    spread = X.std(axis=0) + 1e-9
    return {"log1p": np.log1p(normal), "normalized": normal, "z": (X - X.mean(axis=0)) / spread}[
        scale
    ]


def save(adata: AnnData, path: Path) -> None:
    """Write as h5ad, without what anndata has to say about odd names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adata.write_h5ad(path)


def written(path: Path, **given: Any) -> Path:
    """Write a good screen, to be damaged."""
    save(screen(**given), path)
    return path


def unreadable(*words: str) -> Refused:
    """Expect a file that cannot be read, named with these words."""
    return Refused(UnreadableFile, words)


def replace_stored(file: h5py.File, name: str, values: object, **how: object) -> None:
    """Store other values under a name, with the attributes that it had."""
    attributes = dict(file[name].attrs)
    del file[name]
    file.create_dataset(name, data=values, **how)
    file[name].attrs.update(attributes)
