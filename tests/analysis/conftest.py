"""A planted screen: what every analysis has to find is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csr_matrix

from foretell.core.dataset import Dataset
from foretell.core.mapping import ColumnMapping

GENES = [f"G{i}" for i in range(60)]


@pytest.fixture(scope="session")
def planted() -> Callable[..., Dataset]:
    """Build counts of two contexts: G0 is strong, G1 weaker, G2 and G3 do nothing.

    G0 and G1 are knocked out themselves; G2 and G3 keep their level. Three guides per target.
    """

    def make(
        *,
        n: int = 60,
        n_control: int = 120,
        seed: int = 0,
        contexts: tuple[str, ...] = ("x",),
        scale: str = "counts",
        adata: Callable[[AnnData], AnnData] | None = None,
        **columns: object,
    ) -> Dataset:
        rng = np.random.default_rng(seed)
        base = rng.gamma(3, 2, len(GENES))
        strength = {"G0": 1.0, "G1": 0.4, "G2": 0.0, "G3": 0.0}
        direction = {t: rng.normal(0, 1, len(GENES)) for t in strength}
        obs, X = [], []
        for context in contexts:
            labels = ["control"] * n_control + [t for t in strength for _ in range(n)]
            for i, label in enumerate(labels):
                rate = base * rng.gamma(20, 1 / 20)
                if label != "control":
                    rate = rate * np.exp(0.6 * strength[label] * direction[label])
                    if strength[label]:
                        rate[GENES.index(label)] = 0.1
                X.append(rng.poisson(rate))
                obs.append((label, context, f"{label}_{i % 3}", f"b{i % 2}"))
        frame = pd.DataFrame(obs, columns=["perturbation", "cell_type", "guide", "batch"])
        frame.index = [f"c{i}" for i in range(len(frame))]
        values = np.array(X, dtype=float)
        values = np.log1p(values) if scale in ("log1p", "intensity") else values
        made = AnnData(csr_matrix(values), obs=frame, var=pd.DataFrame(index=GENES))
        made = made if adata is None else adata(made)
        given = {"context": "cell_type", "blocks": ["guide", "batch"], "kind": "knockout"}
        mapping = ColumnMapping.from_dict(given | {"scale": scale} | columns)
        return Dataset.from_anndata(made, mapping)

    return make


@pytest.fixture(scope="session")
def relative() -> Dataset:
    """Build log ratios of single samples, some of them not measured."""
    rng = np.random.default_rng(0)
    X = rng.normal(0, 1, (6, 10))
    X[2, :4] = np.nan
    X[0, 0] = -2.0
    labels = ["G0", "G1", "G2", "G3", "G4+G5", "zzz"]
    frame = pd.DataFrame({"perturbation": labels}, index=[f"s{i}" for i in range(6)])
    made = AnnData(X, obs=frame, var=pd.DataFrame(index=GENES[:10]))
    mapping = ColumnMapping(scale="log_ratio", observation="samples", kind="knockout")
    return Dataset.from_anndata(made, mapping)
