"""What scPertEval computes once per data set: halves, references, t-tests and gene panels."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from foretell.compat.inputs import Cells
from foretell.stats.multiplicity import benjamini_hochberg

__all__ = ["Screened", "Test", "welch"]

PCA_CELLS, COMPONENTS = 50_000, 50
Moments = tuple[np.ndarray, np.ndarray, int]


@dataclass(frozen=True, eq=False)
class Test:
    """Welch's t of every gene, and its adjusted p-value."""

    t: np.ndarray
    q: np.ndarray


@dataclass(frozen=True, eq=False)
class Screened:
    """A screen, prepared.

    Sources of cells are ``first``, ``second``, ``all``, ``prediction``, ``control`` and
    ``all_perturbed``.

    Parameters
    ----------
    cells : the real screen.
    truth : source that is the truth: ``all`` when scoring, ``first`` when calibrating.
    pred : the predicted screen, or None.
    subsample : cells at most of a reference; drawn with the peer's own seeds.
    """

    cells: Cells
    truth: str
    pred: Cells | None = None
    seed: int = 42
    min_cells: int = 30
    subsample: int = 8192
    known: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def halves(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Both halves of every perturbation with enough cells, drawn in alphabetical order."""
        rng = np.random.default_rng(self.seed)
        found = {}
        for name in self.cells.perturbations:
            rows = self.cells.rows(name).copy()
            if len(rows) < self.min_cells:
                continue
            rng.shuffle(rows)
            half = len(rows) // 2
            found[str(name)] = (np.sort(rows[:half]), np.sort(rows[half:]))
        return found

    @property
    def names(self) -> list[str]:
        """Perturbations that are scored."""
        return list(self.halves)

    def of(self, source: str, name: str) -> Any:
        """Return cells as they are stored; those of ``all_perturbed`` are 64 bits and dense."""
        if source == "all_perturbed":
            X, labels = self.reference
            return X[labels != name]
        if source == "prediction":
            assert self.pred is not None
            return self.pred.of(name)
        if source == "control":
            return self.cells.X[self._capped(self.cells.rows(self.cells.control), "control")]
        rows = self.cells.rows(name)
        if source != "all":
            rows = self.halves[name][source == "second"]
        return self.cells.X[rows]

    @cached_property
    def reference(self) -> tuple[np.ndarray, np.ndarray]:
        """A sample of all perturbed cells, served without the cells of the one compared."""
        rows = np.flatnonzero(self.cells.labels != self.cells.control)
        rows = self._capped(rows, "pool")
        return _dense(self.cells.X[rows]).astype(float), self.cells.labels[rows]

    def _capped(self, rows: np.ndarray, tag: str) -> np.ndarray:
        if len(rows) <= self.subsample:
            return np.sort(rows)
        key = np.array((self.seed, zlib.crc32(tag.encode())), dtype=np.uint32)
        drawn = np.random.default_rng(key).choice(rows, size=self.subsample, replace=False)
        return np.sort(drawn)

    @cached_property
    def means(self) -> dict[str, np.ndarray]:
        """Mean profile of all cells of every perturbation that is scored."""
        return {n: np.asarray(self.of("all", n).mean(0)).ravel() for n in self.names}

    @cached_property
    def _sum(self) -> np.ndarray:
        total: np.ndarray = np.vstack(list(self.means.values())).sum(0)
        return total

    @cached_property
    def control_mean(self) -> np.ndarray:
        """Mean profile of all controls."""
        return np.asarray(self.cells.of(self.cells.control).mean(0)).ravel()

    def profile(self, source: str, name: str) -> np.ndarray:
        """Return the (g,) mean profile of a source; the means are sources too."""
        if source == "control_mean":
            mean = self.control_mean
        elif source == "global_mean":
            mean = self._sum / max(len(self.names), 1)
        elif source == "all_perturbed_mean":
            mean = (self._sum - self.means[name]) / max(len(self.names) - 1, 1)
        elif source == "interpolated":
            mean = self._interpolated(name)
        else:
            mean = _dense(self.of(source, name)).astype(float).mean(0)
        return np.asarray(mean, dtype=float)

    def _interpolated(self, name: str) -> np.ndarray:
        """Mix: the other half where a gene differs, the mean of the others where it does not."""
        again = _dense(self.of("second", name)).mean(0)
        weight = np.nan_to_num(1.0 - self.test(name, "second").q, nan=0.0)
        mixed: np.ndarray = weight * again + (1.0 - weight) * self.profile(
            "all_perturbed_mean", name
        )
        return mixed

    def test(self, name: str, source: str, reference: str = "all_perturbed") -> Test:
        """Test a source against a reference."""
        key = (name, source, reference)
        if key not in self.known:
            self.known[key] = welch(self._moments(source, name), self._moments(reference, name))
        found: Test = self.known[key]
        return found

    def _moments(self, source: str, name: str) -> Moments:
        if source == "all_perturbed":
            return self._reference_moments(name)
        key = ("moments", source, "" if source == "control" else name)
        if key not in self.known:
            self.known[key] = _moments(self.of(source, name))
        found: Moments = self.known[key]
        return found

    @cached_property
    def _reference_sums(self) -> tuple[np.ndarray, np.ndarray]:
        X, _ = self.reference
        return X.sum(0), np.einsum("ij,ij->j", X, X)

    def _reference_moments(self, name: str) -> Moments:
        X, labels = self.reference
        own = X[labels == name]
        n = len(X) - len(own)
        s = self._reference_sums[0] - own.sum(0)
        sq = self._reference_sums[1] - np.einsum("ij,ij->j", own, own)
        mean = s / n
        return mean, np.maximum((sq / n - mean * mean) * (n / max(n - 1, 1)), 0.0), n

    def top(self, name: str, k: int) -> np.ndarray:
        """Return the k genes with the largest true |t|."""
        order: np.ndarray = np.argsort(-np.abs(self.test(name, self.truth).t))
        return order[:k]

    def differential(self, name: str, padj: float) -> np.ndarray:
        """Return the genes that truly differ."""
        return np.flatnonzero(self.test(name, self.truth).q < padj)

    def expressed(self, k: int) -> np.ndarray:
        """Return the k genes with the highest mean in the controls."""
        order: np.ndarray = np.argsort(-self.control_mean)
        return order[:k]

    @cached_property
    def _pca(self) -> Any:
        from sklearn.decomposition import PCA

        rows = np.arange(self.cells.X.shape[0])
        if len(rows) > PCA_CELLS:
            rng = np.random.default_rng(self.seed)
            rows = np.sort(rng.choice(len(rows), PCA_CELLS, replace=False))
        X = _dense(self.cells.X[rows]).astype(float)
        return PCA(n_components=min(COMPONENTS, *X.shape), random_state=self.seed).fit(X)

    def points(self, source: str, name: str, panel: str, k: int) -> np.ndarray:
        """Return the cells of a source on the top genes or in principal components."""
        if panel == "top":
            return np.asarray(_dense(self.of(source, name)[:, self.top(name, k)]), dtype=float)
        if source == "all_perturbed":
            X, labels = self.reference
            if "reference in components" not in self.known:
                self.known["reference in components"] = self._pca.transform(X)[:, :k]
            kept: np.ndarray = self.known["reference in components"][labels != name]
            return kept
        projected: np.ndarray = self._pca.transform(_dense(self.of(source, name)))
        return projected[:, :k].astype(float)


def _dense(X: Any) -> np.ndarray:
    return np.asarray(X.toarray() if hasattr(X, "indptr") else X)


def _moments(X: Any) -> Moments:
    """Mean, variance as E x^2 - (E x)^2 in the width of the data, and number."""
    n = X.shape[0]
    square = X.multiply(X) if hasattr(X, "indptr") else X * X
    mean, second = (np.asarray(part.mean(0)).ravel() for part in (X, square))
    return mean, np.maximum((second - mean * mean) * (n / max(n - 1, 1)), 0.0), n


def welch(treated: Moments, reference: Moments) -> Test:
    """Test by Welch's t; 0 and p = 1 where neither side varies."""
    from scipy.stats import t as student

    (m, v, n), (mr, vr, nr) = treated, reference
    a, b = v / n, vr / nr
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (m - mr) / np.sqrt(a + b)
        df = (a + b) ** 2 / (a**2 / max(n - 1, 1) + b**2 / max(nr - 1, 1))
    t = np.nan_to_num(t, nan=0.0, posinf=0.0, neginf=0.0)
    df = np.where(np.isfinite(df) & (df > 0), df, 1.0)
    p = np.nan_to_num(2.0 * student.sf(np.abs(t), df), nan=1.0)
    return Test(t, benjamini_hochberg(np.minimum(p, 1.0)))
