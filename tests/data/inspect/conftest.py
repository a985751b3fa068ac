"""Small screens in the spelling of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from anndata import AnnData


@pytest.fixture(scope="session")
def screen() -> Callable[..., AnnData]:
    """Build cells: every label `n` times; `columns` are functions of (label, number) or lists."""

    def build(
        labels: Sequence[str],
        *,
        column: str = "perturbation",
        n: int = 30,
        genes: Sequence[str] | None = None,
        scale: str = "counts",
        seed: int = 0,
        **columns: Any,
    ) -> AnnData:
        import pandas as pd
        from anndata import AnnData
        from scipy.sparse import csr_matrix

        rng = np.random.default_rng(seed)
        rows = [(label, i) for label in labels for i in range(n)]
        obs = pd.DataFrame({column: [label for label, _ in rows]})
        for name, values in columns.items():
            obs[name] = [values(*row) for row in rows] if callable(values) else values
        obs.index = [f"cell{i}" for i in range(len(rows))]
        genes = [f"GENE{chr(65 + i)}" for i in range(20)] if genes is None else list(genes)
        depth = rng.lognormal(0, 0.4, (len(rows), 1))
        X = rng.poisson(2.0 * depth * rng.gamma(1, 1, (1, len(genes))), (len(rows), len(genes)))
        return AnnData(
            csr_matrix(_on(X.astype(float), scale)), obs=obs, var=pd.DataFrame(index=genes)
        )

    return build


def _on(X: np.ndarray, scale: str) -> np.ndarray:
    X[:, 0] += 1  # no empty cell
    normal = X / X.sum(axis=1, keepdims=True) * 1e4
    return {
        "counts": X,
        "normalized": normal,
        "log1p": np.log1p(normal),
        "log2": np.log2(normal + 1),
        "z": (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9),
    }[scale].astype(np.float32)
