"""Ridge with exact leave-one-out choice of penalty, against scikit-learn's RidgeCV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

NAME = "ridge_loo"
WORK = "2,000 conditions x 500 features -> 10,000 genes, 13 penalties, leave-one-out, one penalty"
PEER = "scikit-learn RidgeCV(store_cv_results=False)"
PENALTIES = np.logspace(-3, 3, 13)


def prepare(folder: Path) -> None:
    """Write the arrays."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 500))
    Y = X @ rng.standard_normal((500, 10_000)) * 0.05 + rng.standard_normal((2000, 10_000))
    np.savez(folder / "ridge.npz", X=X, Y=Y)


def _arrays(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    held = np.load(folder / "ridge.npz")
    return held["X"], held["Y"]


def ours(folder: Path) -> Iterator[str]:
    """Fit."""
    import foretell
    from foretell.stats.ridge import loo_ridge

    X, Y = _arrays(folder)
    yield foretell.__version__
    loo_ridge(X, Y, PENALTIES)


def peer(folder: Path) -> Iterator[str]:
    """Fit."""
    import sklearn
    from sklearn.linear_model import RidgeCV

    X, Y = _arrays(folder)
    yield sklearn.__version__
    RidgeCV(alphas=PENALTIES).fit(X, Y)
