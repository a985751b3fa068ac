"""Conformal bands of all genes at once, against MAPIE with one object per gene."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

NAME = "conformal_vs_mapie"
WORK = "split conformal fit and bands, 5,000 genes x 200 perturbations (150 calibration, 50 new)"
PEER = "MAPIE SplitConformalRegressor(prefit=True), one per gene"
PEER_REQUIREMENTS = ("mapie==1.6.0",)
N, NEW, G, COVERAGE = 150, 50, 5000, 0.9


def prepare(folder: Path) -> None:
    """Write measured and predicted shifts."""
    rng = np.random.default_rng(0)
    predicted = rng.standard_normal((N + NEW, G))
    np.savez(
        folder / "conformal.npz",
        predicted=predicted,
        measured=predicted + rng.standard_normal((N + NEW, G)),
    )


def _arrays(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    held = np.load(folder / "conformal.npz")
    return held["predicted"], held["measured"]


def ours(folder: Path) -> Iterator[str]:
    """Calibrate and give the bands; some are written so that both sides can be compared."""
    import foretell
    from foretell.stats.conformal.quantile import conformal_quantile

    predicted, measured = _arrays(folder)
    yield foretell.__version__
    errors = measured[:N] - predicted[:N]
    q = conformal_quantile(np.abs(errors, out=errors), COVERAGE)
    lower, upper = predicted[N:] - q, predicted[N:] + q
    _agree(folder, "ours", lower, upper)


def peer(folder: Path) -> Iterator[str]:
    """Calibrate and give the bands gene by gene."""
    import mapie
    from mapie.regression import SplitConformalRegressor
    from sklearn.base import BaseEstimator, RegressorMixin

    class Known(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        """A fitted regressor whose feature is its prediction."""

        def fit(self, X: np.ndarray, y: np.ndarray) -> Known:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: np.ndarray) -> np.ndarray:
            return np.asarray(X)[:, 0]

    predicted, measured = _arrays(folder)
    yield mapie.__version__
    lower, upper = np.empty((NEW, G)), np.empty((NEW, G))
    for j in range(G):
        one = SplitConformalRegressor(Known(), confidence_level=COVERAGE, prefit=True)
        one.conformalize(predicted[:N, j : j + 1], measured[:N, j])
        _, bands = one.predict_interval(predicted[N:, j : j + 1])
        lower[:, j], upper[:, j] = bands[:, 0, 0], bands[:, 1, 0]
    _agree(folder, "peer", lower, upper)


def _agree(folder: Path, side: str, lower: np.ndarray, upper: np.ndarray) -> None:
    """Refuse to be timed where the other side gave other bands."""
    found = np.concatenate([lower[0], upper[-1]])
    np.save(folder / f"conformal_{side}.npy", found)
    other = folder / f"conformal_{'peer' if side == 'ours' else 'ours'}.npy"
    if other.is_file() and not np.allclose(found, np.load(other)):
        raise AssertionError("the bands of the two sides differ")
