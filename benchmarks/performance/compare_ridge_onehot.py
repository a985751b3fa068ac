"""The model Ridge at full size: as many features as conditions (one-hot)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compare_bilinear import profiles

NAME = "model_ridge"
WORK = "Ridge().fit on 2,000 conditions x 10,000 genes (1,000 singles, 1,000 pairs), one-hot"
PEER = "scikit-learn RidgeCV on the same one-hot matrix"


def prepare(folder: Path) -> None:
    """Nothing to write."""


def ours(folder: Path) -> Iterator[str]:
    """Fit the model."""
    import numpy as np

    import foretell
    from foretell.models.linear.ridge import Ridge

    held = profiles()
    yield foretell.__version__
    Ridge()._fit(held, np.random.default_rng(0))


def peer(folder: Path) -> Iterator[str]:
    """Fit RidgeCV."""
    import sklearn
    from sklearn.linear_model import RidgeCV

    from foretell.models.linear.ridge import PENALTIES

    held = profiles()
    D, S = held.D, held.S
    yield sklearn.__version__
    RidgeCV(alphas=PENALTIES).fit(D, S)
