"""The permutation test of E-distances, against pertpy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from compare_edistance_pertpy import CELLS, CONTROLS, GROUPS, points, screen
from compare_edistance_pertpy import prepare as prepare

NAME = "etest_vs_pertpy"
TESTED, DRAWS = 4, 1_000
WORK = (
    f"E-test by {DRAWS:,} permutations: ours all {GROUPS} perturbations of {CELLS} cells against "
    f"{CONTROLS:,} controls, 50 components; the peer {TESTED} of them, and is not extrapolated"
)
PEER = f"pertpy: DistanceTest('edistance') of {TESTED} of {GROUPS} perturbations"
PEER_REQUIREMENTS = ("pertpy==1.4.0",)
PEER_PYTHON = "3.12"


def ours(folder: Path) -> Iterator[str]:
    """Test all groups."""
    import foretell
    from foretell.stats.distances.energy_test import energy_tests

    X, codes = points()
    energy_tests(X[-4000:], codes[-4000:], GROUPS + 1, GROUPS, 9, np.random.default_rng(0))
    yield foretell.__version__
    energy_tests(X, codes, GROUPS + 1, GROUPS, DRAWS, np.random.default_rng(0))


def peer(folder: Path) -> Iterator[str]:
    """Test four groups."""
    import pertpy

    adata, version = screen()
    some = [f"p{i:03d}" for i in range(TESTED)]
    adata = adata[adata.obs["perturbation"].isin([*some, "control"])].copy()
    ask = {"groupby": "perturbation", "contrast": "control", "show_progressbar": False}
    warm = pertpy.tl.DistanceTest("edistance", n_perms=2, obsm_key="X_pca")
    warm(adata, **ask)
    yield version
    pertpy.tl.DistanceTest("edistance", n_perms=DRAWS, obsm_key="X_pca")(adata, **ask)
