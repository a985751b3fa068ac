"""E-distances of all perturbations to the controls, U and V, against pertpy's V."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

NAME = "edistance_vs_pertpy"
WORK = (
    "200 perturbations x 100 cells against 2,000 controls in 50 principal components, float32; "
    "ours U and V, the peer V; second call, compilation done"
)
PEER = "pertpy: Distance('edistance').onesided_distances"
PEER_REQUIREMENTS = ("pertpy==1.4.0",)
PEER_PYTHON = "3.12"  # the peer needs it

GROUPS, CELLS, CONTROLS, AXES = 200, 100, 2_000, 50


def points() -> tuple[np.ndarray, np.ndarray]:
    """Return cells as principal components would have them, and the group of each.

    The shared screen is not read: neither side works on genes, and the axes are the same for both.
    """
    rng = np.random.default_rng(20)
    codes = np.repeat(np.arange(GROUPS + 1), [CELLS] * GROUPS + [CONTROLS])
    scale = 6.0 * np.exp(-np.arange(AXES) / 10.0) + 1.0
    moved = rng.normal(0.0, 0.3, (GROUPS + 1, AXES))
    moved[GROUPS - 20 :] = 0.0
    X = scale * (rng.standard_normal((len(codes), AXES)) + moved[codes])
    return X.astype(np.float32), codes


def screen() -> tuple[object, str]:
    """Return the points as the peer wants them, and its version."""
    from importlib.metadata import version

    import anndata
    import pandas as pd

    X, codes = points()
    label = np.append([f"p{i:03d}" for i in range(GROUPS)], "control")[codes]
    obs = pd.DataFrame(
        {"perturbation": pd.Categorical(label)}, index=[str(i) for i in range(len(X))]
    )
    adata = anndata.AnnData(np.zeros((len(X), 1), dtype=np.float32), obs=obs)
    adata.obsm["X_pca"] = X
    return adata, version("pertpy")


def prepare(folder: Path) -> None:
    """Nothing to write."""


def ours(folder: Path) -> Iterator[str]:
    """Measure all groups against the controls."""
    import foretell
    from foretell.stats.distances.energy import edistances

    X, codes = points()
    edistances(X, codes, GROUPS + 1, GROUPS)
    yield foretell.__version__
    edistances(X, codes, GROUPS + 1, GROUPS)


def peer(folder: Path) -> Iterator[str]:
    """Measure all groups against the controls."""
    import pertpy

    adata, version = screen()
    distance = pertpy.tl.Distance("edistance", obsm_key="X_pca")
    ask = {"groupby": "perturbation", "selected_group": "control", "show_progressbar": False}
    distance.onesided_distances(adata, **ask)
    yield version
    distance.onesided_distances(adata, **ask)
