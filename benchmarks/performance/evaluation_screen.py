"""Evaluation screen: one synthetic screen that all comparisons of evaluation engines share.

200 perturbations x 100 cells and 2,000 controls x 5,000 genes, negative binomial counts, log1p of
counts per ten thousand, CSR float32. Every perturbation but the last twenty changes its target and
some thirty other genes; `adata.varm["lfc"]` says by how much.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

__all__ = ["CELLS", "CONTROLS", "GENES", "PERTURBATIONS", "screen"]

PERTURBATIONS, CELLS, CONTROLS, GENES = 200, 100, 2_000, 5_000
WITHOUT_EFFECT = 20
DISPERSION = 0.5
BLOCK = 1_000


def screen(folder: Path) -> Path:
    """Write the screen once, at the same place for all, and return where it lies.

    The file is an h5ad: `obs["perturbation"]` holds ``control`` or the name of the target gene,
    `obs["batch"]` one of two batches without any effect.
    """
    path = Path(folder) / "evaluation_screen.h5ad"
    if not path.is_file():
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        _made().write_h5ad(part)
        part.replace(path)  # others may be making the same file
    return path


def _made():  # noqa: ANN202 - an AnnData, which is imported only here
    import anndata
    import pandas as pd
    import scipy.sparse as sp

    rng = np.random.default_rng(20)
    mean = rng.lognormal(-0.58, 1.25, GENES)
    genes = np.array([f"G{i:04d}" for i in range(GENES)])
    targets = np.sort(rng.choice(np.flatnonzero(mean > np.median(mean)), PERTURBATIONS, False))
    lfc = _effects(targets, rng)
    group = rng.permutation(np.repeat(np.arange(-1, PERTURBATIONS), [CONTROLS] + [CELLS] * 200))
    depth = rng.lognormal(0.0, 0.3, len(group))
    blocks = []
    for start in range(0, len(group), BLOCK):
        of = group[start : start + BLOCK]
        changed = np.where(of[:, None] < 0, 1.0, 2.0 ** lfc[of])
        rate = rng.gamma(1 / DISPERSION, DISPERSION, (len(of), GENES)) * mean * changed
        counts = rng.poisson(rate * depth[start : start + BLOCK, None])
        scaled = np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True))
        blocks.append(sp.csr_matrix(scaled.astype(np.float32)))
    label = np.append(genes[targets], "control")[group]
    obs = pd.DataFrame(
        {"perturbation": pd.Categorical(label), "batch": rng.choice(["a", "b"], len(group))},
        index=[f"c{i}" for i in range(len(group))],
    )
    varm = {"lfc": lfc.T.astype(np.float32)}
    X = sp.vstack(blocks, format="csr")
    return anndata.AnnData(X, obs=obs, var=pd.DataFrame(index=genes), varm=varm)


def _effects(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(perturbations, genes) log2 fold changes; a target falls to an eighth."""
    lfc = np.zeros((PERTURBATIONS, GENES))
    for row in range(PERTURBATIONS - WITHOUT_EFFECT):
        others = rng.choice(GENES, rng.integers(5, 60), replace=False)
        lfc[row, others] = rng.normal(0.0, 1.0, len(others))
        lfc[row, targets[row]] = -3.0
    return lfc
